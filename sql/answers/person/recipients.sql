-- Recipients by number.
select kbo, name from recipient order by kbo
