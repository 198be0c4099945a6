-- For the linked library: all functions are declared at its head, so a local of the same name as one of them is no mistake.
std = 'lua51'
read_globals = { 'redis', 'cmsgpack', 'struct' }
ignore = { '431', '631' }
