--- Shows the server's long work on the message line, and cancels it.

local client = require('forksight.client')

local M = {}

---@class forksight.Work
---@field client integer
---@field token lsp.ProgressToken
---@field title string
---@field message? string
---@field shown? boolean

---@type forksight.Work[] The last begun last.
local running = {}

local patience = 400 -- milliseconds: what takes no longer is not worth a message

---@param text string
local function echo(text)
  vim.api.nvim_echo({ { text, 'ForksightHint' } }, false, {})
end

--- A text, cut to the width of the message line: a longer one would make Neovim wait for a key.
---@param text string
---@param rest string What has to fit beside it.
---@return string
local function fit(text, rest)
  local room = vim.o.columns - 12 - vim.fn.strdisplaywidth(rest) -- 12: 'showcmd'
  if vim.fn.strdisplaywidth(text) <= room then
    return text
  end
  return vim.fn.strcharpart(text, 0, math.max(room - 1, 0)) .. '…'
end

---@param work forksight.Work
local function show(work)
  local config = require('forksight.config').get()
  if config.progress and vim.list_contains(running, work) then
    work.shown = true
    local message = work.message and work.message ~= '' and ': ' .. work.message or ' …'
    local hint = ' (`:Forksight cancel` stops it)'
    echo(fit(work.title .. message, hint) .. hint)
  end
end

---@param work forksight.Work
local function finish(work)
  running = vim.tbl_filter(function(other)
    return other ~= work
  end, running)
  if work.shown then
    echo('')
  end
end

--- Handle a `$/progress` notification.
---@param client_id integer
---@param params lsp.ProgressParams
function M.update(client_id, params)
  local value = params.value
  local work = vim.iter(running):find(function(known) ---@param known forksight.Work
    return known.client == client_id and known.token == params.token
  end)
  if value.kind == 'begin' then
    work = { client = client_id, token = params.token, title = value.title, message = value.message }
    table.insert(running, work)
    vim.defer_fn(function()
      show(work)
    end, patience)
  elseif work and value.kind == 'report' then
    work.message = value.message or work.message
    if work.shown then
      show(work)
    end
  elseif work and value.kind == 'end' then
    finish(work)
  end
end

--- Forget the work of a server that has ended.
---@param client_id integer
function M.forget(client_id)
  for _, work in ipairs(running) do
    if work.client == client_id then
      finish(work)
    end
  end
end

---@param work forksight.Work
local function stop(work)
  local lsp = vim.lsp.get_client_by_id(work.client)
  if lsp then
    lsp:notify('window/workDoneProgress/cancel', { token = work.token })
  end
end

--- Cancel the server's work; asks which, if there are several tasks.
function M.cancel()
  if #running == 0 then
    client.notify('there is nothing to cancel')
  elseif #running == 1 then
    stop(running[1])
  else
    require('forksight.pick').work(running, stop)
  end
end

return M
