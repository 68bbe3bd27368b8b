-- When the world's feeds were last produced.
select min(produced_at) as produced_at from feed_control
