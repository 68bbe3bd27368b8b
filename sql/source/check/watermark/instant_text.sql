-- An instant in UTC as JSON has it, without asking the library of time zones: in two thirds of the time.
create temp macro instant_text(instant) as make_timestamp(epoch_us(instant))::varchar || '+00'
