std = 'luajit'
globals = { 'vim' } -- read and written: vim.g, vim.bo, …
max_line_length = 120
self = false
