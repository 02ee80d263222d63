--- The status for status lines, as last pushed by the server. Reading it never blocks.

local repository = require('forksight.repository')

local M = {}

---@class forksight.Status
---@field worktree string
---@field branch? string
---@field fork? { id: string, title?: string, parent?: string, state: string }
---@field baseline? { name: string, generation: integer, stale: boolean, reasons: string[] }
---@field overlaps { conflicts: integer, files: integer }
---@field forks { active: integer, abandoned: integer }
---@field sessions { waiting: string[], working: integer } Of the whole repository.
---@field text string
---@field tooltip string
---@field level 'ok'|'warning'|'error'

---@type table<string, { status: forksight.Status, client: integer }> By worktree, symlinks resolved.
local by_worktree = {}

---@type table<integer, { name: string, worktree?: string }> What each buffer's name was found to be in.
local worktrees = {}

--- Fire `User ForksightUpdate`, since something visible may have changed.
---@param data? table
local function announce(data)
  vim.api.nvim_exec_autocmds('User', { pattern = 'ForksightUpdate', modeline = false, data = data })
  vim.cmd.redrawstatus({ bang = true })
end

---@param bufnr integer
---@return string?
local function worktree_of(bufnr)
  local name = vim.api.nvim_buf_get_name(bufnr)
  local entry = worktrees[bufnr]
  if not entry or entry.name ~= name then
    local place = repository.of_buffer(bufnr)
    entry = { name = name, worktree = place and vim.uv.fs_realpath(place.worktree) }
    worktrees[bufnr] = entry
  end
  return entry.worktree
end

--- Store a server's status of a worktree.
---@param status forksight.Status
---@param client integer Its client's id.
function M.update(status, client)
  local worktree = vim.uv.fs_realpath(status.worktree) or status.worktree
  by_worktree[worktree] = { status = require('forksight.json').without_nulls(status), client = client }
  announce({ worktree = worktree })
end

--- Request the status of a buffer's worktree. An older server's error is ignored.
---@param client vim.lsp.Client
---@param bufnr integer
function M.ask(client, bufnr)
  local params = { textDocument = { uri = vim.uri_from_bufnr(bufnr) } }
  client:request('forksight/status', params, function(err, result)
    if not err and type(result) == 'table' then
      M.update(result, client.id)
    end
  end, bufnr)
end

--- The last status that the server sent for a buffer's worktree.
---@param bufnr? integer
---@return forksight.Status?
function M.get(bufnr)
  local worktree = worktree_of(bufnr or vim.api.nvim_get_current_buf())
  local entry = worktree and by_worktree[worktree]
  return entry and entry.status or nil
end

--- Forget the statuses of a server that has ended.
---@param client integer Its client's id.
function M.forget(client)
  for worktree, entry in pairs(by_worktree) do
    if entry.client == client then
      by_worktree[worktree] = nil
    end
  end
  announce()
end

return M
