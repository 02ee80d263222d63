--- Sessions and times in words. Pure.

local columns = require('forksight.columns')

local M = {}

--- The name of a session.
---@param session forksight.Session
---@return string
function M.name(session)
  return columns.flat(session.title or session.id:sub(1, 8))
end

--- How long ago a time was, coarsely, so that it stays true while the tree is visible.
---@param time? string ISO 8601, UTC.
---@param now integer Seconds since the epoch.
---@return string
function M.age(time, now)
  local year, month, day, hour, minute, second = (time or ''):match('^(%d+)-(%d+)-(%d+)T(%d+):(%d+):(%d+)')
  if not year then
    return ''
  end
  local utc =
    os.time({ year = year, month = month, day = day, hour = hour, min = minute, sec = second, isdst = false })
  local here = os.date('!*t', now) --[[@as osdateparam]]
  here.isdst = false
  local minutes = math.floor((os.time(here) - utc) / 60)
  if minutes < 1 then
    return 'now'
  elseif minutes < 60 then
    return minutes .. ' min ago'
  elseif minutes < 48 * 60 then
    return math.floor(minutes / 60) .. ' h ago'
  end
  return math.floor(minutes / 60 / 24) .. ' days ago'
end

return M
