-- Not needed to decide on a delivery.
where 1 = 0
