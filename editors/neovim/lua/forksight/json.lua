--- JSON as the server sends it.

local M = {}

--- A table as JSON brought it, with nil where JSON has null.
---@generic T
---@param value T
---@return T
function M.without_nulls(value)
  if value == vim.NIL then
    return nil
  elseif type(value) ~= 'table' then
    return value
  end
  local result = {}
  for key, item in pairs(value) do
    result[key] = M.without_nulls(item)
  end
  return result
end

return M
