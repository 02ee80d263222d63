--- The public functions of this plugin. Everything else may change.

local M = {}

---@param bufnr? integer Default: the current buffer.
---@return forksight.Status? status What the server last said about the buffer's worktree; never waits.
function M.info(bufnr)
  return require('forksight.status').get(bufnr)
end

--- A short text for a status line, '' where there is nothing to say. Never waits: it is what the server last sent.
---@param bufnr? integer Default: the current buffer.
---@return string
function M.status(bufnr)
  local status = M.info(bufnr)
  return status and status.text or ''
end

--- The highlight group for |forksight.status()|.
---@param bufnr? integer Default: the current buffer.
---@return 'ForksightOk'|'ForksightWarning'|'ForksightError'
function M.status_highlight(bufnr)
  local status = M.info(bufnr)
  local level = status and status.level or 'ok'
  return ({ ok = 'ForksightOk', warning = 'ForksightWarning', error = 'ForksightError' })[level]
    or 'ForksightOk'
end

return M
