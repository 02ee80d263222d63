--- Sessions, times and counts in words: values in, values out.

local columns = require('forksight.columns')

local M = {}

--- What a person calls a session.
---@param session forksight.Session
---@return string
function M.name(session)
  return columns.flat(session.title or session.id:sub(1, 8))
end

--- How long ago a time was, coarsely: it must stay true while the tree is looked at.
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

--- A count of tokens, rounded to at most four characters: 950, 1.2k, 118k, 1.5M.
---@param count integer
---@return string
function M.count(count)
  if count < 1000 then
    return tostring(count)
  end
  local unit = count < 999500 and 'k' or 'M'
  local value = count / (unit == 'k' and 1e3 or 1e6)
  return (value < 9.95 and '%.1f' or '%.0f'):format(value) .. unit
end

return M
