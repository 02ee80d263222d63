--- Notifies a person about sessions that wait or have ended their turn, unless they are looking at that session.

local M = {}

local focused = true

vim.api.nvim_create_autocmd({ 'FocusGained', 'FocusLost' }, {
  group = vim.api.nvim_create_augroup('forksight.notices', {}),
  desc = 'Know whether the person looks at this Neovim',
  callback = function(event)
    focused = event.event == 'FocusGained'
  end,
})

---@class forksight.Notice
---@field event 'waiting'|'finished'
---@field session string
---@field title string
---@field message string One sentence.

--- Answer `forksight/sessionNotice`.
---@param notice forksight.Notice
function M.show(notice)
  local in_front = require('forksight.terminal').session_in(vim.api.nvim_get_current_buf())
  if focused and in_front == notice.session then
    return
  end
  local waits = notice.event == 'waiting'
  local how = waits and ':Forksight waiting' or ':Forksight resume ' .. notice.session:sub(1, 8)
  local level = waits and vim.log.levels.WARN or nil
  require('forksight.client').notify(('%s `%s` shows it'):format(notice.message, how), level)
end

return M
