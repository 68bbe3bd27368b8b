-- For sql/source/kept/: an instant in whole seconds since 1970.
create or replace temp macro second_of(instant) as floor(epoch(instant))::bigint
