-- What was said to this recipient.
where kbo = $kbo
