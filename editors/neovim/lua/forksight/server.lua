--- Finds and starts `forksight server`.

local config = require('forksight.config')

local M = {}

---@class forksight.Server
---@field argv string[]
---@field reason string Why this one was chosen, for |:checkhealth|.

-- uv and pipx install commands here, which an editor started from a desktop does not have on its PATH
local user_bin = '~/.local/bin/forksight'

-- the checkout that this plugin is a folder of, which holds the server too
local checkout = vim.fs.root(debug.getinfo(1, 'S').source:sub(2), 'pyproject.toml')

M.install = ('install it with `uv tool install %s` (or `pipx install` the same)'):format(
  vim.fn.shellescape(checkout or 'forksight')
)

--- The server's command.
---@return forksight.Server? server
---@return string? problem A sentence with the fix, if there is none.
function M.find()
  local set = config.get().cmd
  if set then
    if vim.fn.executable(set[1]) == 1 then
      return { argv = set, reason = 'set in vim.g.forksight.cmd' }
    end
    return nil,
      ('`%s` in vim.g.forksight.cmd is not an executable: correct it, or leave it out'):format(set[1])
  end
  if vim.fn.executable('forksight') == 1 then
    return { argv = { vim.fn.exepath('forksight'), 'server' }, reason = 'found on PATH' }
  end
  local path = vim.fs.normalize(user_bin)
  if vim.fn.executable(path) == 1 then
    return { argv = { path, 'server' }, reason = ('found as %s, which is not on PATH'):format(user_bin) }
  end
  return nil, '`forksight` was not found: ' .. M.install
end

---@param dispatchers vim.lsp.rpc.Dispatchers
---@return vim.lsp.rpc.PublicClient
function M.start(dispatchers)
  local server, problem = M.find()
  if not server then
    error('Forksight: ' .. problem, 0)
  end
  return vim.lsp.rpc.start(server.argv, dispatchers)
end

return M
