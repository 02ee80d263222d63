-- Lets a test run Lua in this Neovim: JSON lines over a loopback socket, one answer for each, the port in a file.
local server = assert(vim.uv.new_tcp())
assert(server:bind('127.0.0.1', 0))

---@param line string
---@param answer fun(text: string)
local function run(line, answer)
  local request = vim.json.decode(line)
  local ok, result = xpcall(function()
    return assert(loadstring(request.code, '=test'))(unpack(request.args))
  end, debug.traceback)
  local encoded, text = pcall(vim.json.encode, { ok = ok, value = result })
  answer((encoded and text or vim.json.encode({ ok = false, value = text })) .. '\n')
end

server:listen(1, function()
  local peer = assert(vim.uv.new_tcp())
  server:accept(peer)
  local pending = ''
  peer:read_start(function(_, data)
    if not data then
      return peer:close()
    end
    pending = pending .. data
    for line in pending:gmatch('([^\n]*)\n') do
      vim.schedule(function()
        run(line, function(text)
          peer:write(text)
        end)
      end)
    end
    pending = pending:match('[^\n]*$')
  end)
end)

-- what vim.notify says is a result like any other
_G.notified = {}
local notify = vim.notify
vim.notify = function(message, ...) ---@diagnostic disable-line: duplicate-set-field
  table.insert(_G.notified, message)
  notify(message, ...)
end

local path = assert(vim.env.FORKSIGHT_TEST_PORT)
vim.fn.writefile({ tostring(server:getsockname().port) }, path .. '.new')
vim.uv.fs_rename(path .. '.new', path)
