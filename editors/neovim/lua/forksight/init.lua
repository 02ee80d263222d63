--- The public functions of this plugin. Everything else may change.

local M = {}

---@param bufnr? integer Default: the current buffer.
---@return forksight.Status? status What the server last said about the buffer's worktree; never waits.
function M.info(bufnr)
  return require('forksight.status').get(bufnr)
end

--- A short text for a status line, '' if there is none. Never blocks: it is what the server sent last.
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

local connector = 6 -- columns of the line that Neovim draws before a message
local least = 20 -- columns that a message takes at least

--- A warning without its code, which the message says, on lines that fit into the window: `format` of 'virtual_lines'
--- (|vim.diagnostic.Opts.VirtualLines|).
---@param diagnostic vim.Diagnostic
---@return string
function M.message(diagnostic)
  local window = vim.fn.bufwinid(diagnostic.bufnr)
  local info = vim.fn.getwininfo(window)[1]
  if not info then
    return diagnostic.message
  end
  local line = vim.api.nvim_buf_get_lines(diagnostic.bufnr, diagnostic.lnum, diagnostic.lnum + 1, false)[1]
    or ''
  local indent = vim.fn.strdisplaywidth(line:sub(1, diagnostic.col))
  local room = math.max(info.width - info.textoff - indent - connector, least)
  return table.concat(require('forksight.columns').wrap(diagnostic.message, room), '\n')
end

return M
