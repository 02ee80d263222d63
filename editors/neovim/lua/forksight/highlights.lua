--- Highlight groups: links, which a colour scheme or a person can override and which `:highlight clear` brings back.

local links = {
  ForksightOk = 'DiagnosticOk',
  ForksightWarning = 'DiagnosticWarn',
  ForksightError = 'DiagnosticError',
  ForksightTitle = 'Title',
  ForksightBaseline = 'Keyword',
  ForksightBranch = 'String',
  ForksightLive = 'DiagnosticOk',
  ForksightWaiting = 'DiagnosticWarn',
  ForksightPending = 'DiagnosticInfo',
  ForksightIdle = 'Comment',
  ForksightArchived = 'Comment',
  ForksightOrphaned = 'DiagnosticWarn',
  ForksightTokens = 'Number',
  ForksightAge = 'Comment',
  ForksightHint = 'Comment',
}

local M = {}

function M.define()
  for name, link in pairs(links) do
    vim.api.nvim_set_hl(0, name, { link = link, default = true })
  end
end

return M
