-- The staged decisions, under the name that referrals.sql reads.
create temp table decision as
select * from read_parquet($path)
