std = 'lua51'
globals = {}
read_globals = { 'redis', 'cmsgpack', 'struct', 'KEYS', 'ARGV' }
max_line_length = 130
