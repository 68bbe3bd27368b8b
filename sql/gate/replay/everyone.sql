-- Everyone who has a row, then or now.
select count(*) as parents from recorded full join person_of using (person)
