--- Cleans up forks: shows the server's plan as a checklist, asks about each fork at risk by itself, and can restore.

local client = require('forksight.client')
local columns = require('forksight.columns')
local panel = require('forksight.panel')
local pick = require('forksight.pick')
local view = require('forksight.clean.view')
local without_nulls = require('forksight.json').without_nulls

local M = {}

---@class forksight.Checklist
---@field plan forksight.CleanPlan
---@field ticked table<string, true> By session.
---@field sessions? string[] Only these were asked for.

---@type table<integer, forksight.Checklist> By buffer.
local checklists = {}

---@param buf integer
local function draw(buf)
  if vim.api.nvim_buf_is_valid(buf) then
    panel.draw(buf, view.lines(checklists[buf].plan, checklists[buf].ticked))
  end
end

--- The working directories of all windows. Worktrees in which this Neovim works can't be cleaned up.
---@return string[]
local function working_directories()
  local folders = {} ---@type table<string, true>
  for _, window in ipairs(vim.api.nvim_list_wins()) do
    local tab, number = unpack(vim.fn.win_id2tabwin(window))
    folders[vim.fn.getcwd(number, tab)] = true
  end
  return vim.tbl_keys(folders)
end

--- The server's plan.
---@param place forksight.Place
---@param sessions? string[]
---@param callback fun(plan: forksight.CleanPlan)
local function look(place, sessions, callback)
  local arguments = { sessions = sessions, dryRun = true, occupied = working_directories() }
  client.execute('cleanForks', arguments, function(result)
    callback(without_nulls(result))
  end, place)
end

---@param plan forksight.CleanPlan
---@param session string
---@return forksight.CleanEntry?
local function find(plan, session)
  return vim.iter(plan.forks):find(function(fork)
    return fork.session == session
  end)
end

--- The fork under the cursor, and the checklist that it is in.
---@param line forksight.Line?
---@return forksight.CleanEntry?
---@return forksight.Checklist
---@return integer buf
local function at(line)
  local buf = vim.api.nvim_get_current_buf()
  return line and line.id and find(checklists[buf].plan, line.id), checklists[buf], buf
end

---@param line forksight.Line?
local function toggle(line)
  local fork, checklist, buf = at(line)
  if fork and view.can_go(fork) then
    checklist.ticked[fork.session] = not checklist.ticked[fork.session] or nil
    draw(buf)
    if checklist.ticked[fork.session] and fork.at_risk then
      vim.cmd('silent! foldopen')
    end
  elseif fork and fork.words.refusal then
    client.notify(columns.tilde(fork.words.refusal), vim.log.levels.WARN)
  end
end

--- Tick all forks with which nothing would be lost.
local function tick_safe()
  local _, checklist, buf = at()
  for _, fork in ipairs(checklist.plan.forks) do
    if view.can_go(fork) and not fork.at_risk then
      checklist.ticked[fork.session] = true
    end
  end
  draw(buf)
end

--- A fork as the server described it, which the person saw and agreed to.
---@param fork forksight.CleanEntry
---@return table
local function seen(fork)
  local goes = { worktree = vim.NIL, branch = vim.NIL, transcript = vim.NIL }
  return { session = fork.session, lost = fork.lost, goes = vim.tbl_extend('force', goes, fork.goes) }
end

--- Clean these up, and show the outcome in the checklist.
---@param buf integer
---@param chosen forksight.CleanEntry[]
local function clean(buf, chosen)
  local arguments = { confirmed = vim.tbl_map(seen, chosen), occupied = working_directories() }
  client.execute('cleanForks', arguments, function(result)
    local executed = without_nulls(result) ---@type forksight.CleanPlan
    local checklist = checklists[buf]
    for _, fork in ipairs(executed.forks) do
      local listed = find(checklist.plan, fork.session)
      if listed then
        listed.outcome, listed.words = fork.outcome == 'cleaned' and 'cleaned' or 'failed', fork.words
      end
    end
    checklist.ticked = {}
    vim.list_extend(checklist.plan.problems, executed.problems)
    draw(buf)
    local text, all = view.outcome(executed)
    client.notify(text, all and vim.log.levels.INFO or vim.log.levels.WARN)
  end, vim.b[buf].forksight_place)
end

--- Clean up the ticked forks.
local function run()
  local _, checklist, buf = at()
  if not next(checklist.ticked) then
    return client.notify('nothing is ticked: <Space> ticks the fork under the cursor')
  end
  local chosen = {}
  for _, fork in ipairs(checklist.plan.forks) do
    if checklist.ticked[fork.session] then
      if not fork.at_risk or pick.is_agreed(fork.words.question, 'Warning') then
        table.insert(chosen, fork)
      else
        checklist.ticked[fork.session] = nil
      end
    end
  end
  draw(buf)
  if #chosen > 0 then
    clean(buf, chosen)
  end
end

--- Restore the fork under the cursor.
---@param line forksight.Line?
local function undo(line)
  local fork, _, buf = at(line)
  if fork and fork.outcome == 'cleaned' then
    require('forksight.actions').restore(fork.session, function()
      fork.outcome = 'restored'
      draw(buf)
    end)
  end
end

---@param buf integer
local function refresh(buf)
  local sessions = checklists[buf].sessions
  look(vim.b[buf].forksight_place, sessions, function(plan)
    checklists[buf] = { plan = plan, ticked = {}, sessions = sessions }
    draw(buf)
  end)
end

---@type forksight.Key[]
M.keys = {
  { key = '<Space>', does = 'tick the fork, or untick it', run = toggle },
  { key = 'a', does = 'tick all forks with which nothing would be lost', run = tick_safe },
  {
    key = '<CR>',
    does = 'clean up the ticked forks; asks about each fork with which something would be lost',
    run = run,
  },
  { key = 'u', does = 'restore a fork that was cleaned up', run = undo },
  panel.refresh_key(refresh),
}

--- Show the checklist, with nothing ticked.
---@param sessions? string[] Ids or branches; default: all forks that seem abandoned.
function M.open(sessions)
  local place = client.place()
  look(place, sessions, function(plan)
    if #plan.forks == 0 then
      return client.notify(plan.summary)
    end
    local buf = panel.buffer({
      name = 'clean',
      title = 'Clean up',
      place = place,
      keys = M.keys,
    })
    checklists[buf] = { plan = plan, ticked = {}, sessions = sessions }
    draw(buf)
    panel.show(buf, sessions and #sessions == 1 and 'open' or 'closed')
  end)
end

return M
