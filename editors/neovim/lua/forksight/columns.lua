--- Lines of text with highlights, in columns. Pure.

local M = {}

---@class forksight.Mark
---@field group string
---@field from integer Byte, 0-based.
---@field to integer Byte, exclusive.

---@class forksight.Line
---@field text string
---@field marks forksight.Mark[]
---@field level string For 'foldexpr'.
---@field id? string What the line is about: the cursor and closed folds keep to it.

---@alias forksight.Cell { [1]: string, [2]: string } Text and highlight group.

--- Data on one line.
---@param text string
---@return string
function M.flat(text)
  return (text:gsub('%c', ' '))
end

--- Data on one line, with paths in the home folder as people write them. A shell still takes them: `~` begins a word.
---@param text string
---@return string
function M.tilde(text)
  local home = vim.pesc((vim.uv.os_homedir() or '') .. '/')
  return (M.flat(text):gsub('^' .. home, '~/'):gsub(' ' .. home, ' ~/'))
end

---@param count integer
---@param word string
---@param several? string Its plural, if that is not the word with an s.
---@return string
function M.many(count, word, several)
  return ('%d %s'):format(count, count == 1 and word or several or word .. 's')
end

--- A line in one colour.
---@param text string
---@param group string
---@return forksight.Line
function M.plain(text, group)
  return { text = text, marks = { { group = group, from = 0, to = #text } }, level = '0' }
end

--- A sentence wrapped between words.
---@param text string
---@param width integer Columns.
---@return string[]
function M.wrap(text, width)
  local lines, current = {}, ''
  for word in M.tilde(text):gmatch('%S+') do
    local longer = current == '' and word or current .. ' ' .. word
    if vim.fn.strdisplaywidth(longer) > width and current ~= '' then
      table.insert(lines, current)
      longer = '  ' .. word
    end
    current = longer
  end
  table.insert(lines, current)
  return lines
end

--- A wrapped sentence in one colour.
---@param text string
---@param group string
---@param width? integer Default: 78 columns.
---@return forksight.Line[]
function M.prose(text, group, width)
  return vim.tbl_map(function(line)
    return M.plain(line, group)
  end, M.wrap(text, width or 78))
end

--- Cells beside each other, two spaces apart. A width of 0 leaves the column out.
---@param cells forksight.Cell[]
---@param widths integer[]
---@return string text
---@return forksight.Mark[] marks
function M.layout(cells, widths)
  local text, marks = '', {}
  for i, cell in ipairs(cells) do
    if widths[i] > 0 then
      if cell[2] ~= '' and cell[1] ~= '' then
        table.insert(marks, { group = cell[2], from = #text, to = #text + #cell[1] })
      end
      local padding = i < #cells and widths[i] - vim.fn.strdisplaywidth(cell[1]) + 2 or 0
      text = text .. cell[1] .. (' '):rep(padding)
    end
  end
  return (text:gsub('%s+$', '')), marks
end

--- The width of each column, 0 where no row has anything.
---@param header forksight.Cell[]
---@param rows forksight.Cell[][]
---@return integer[]
function M.widths(header, rows)
  local widths = {}
  for column = 1, #header do
    local widest = 0
    for _, cells in ipairs(rows) do
      widest = math.max(widest, vim.fn.strdisplaywidth(cells[column][1]))
    end
    widths[column] = widest > 0 and math.max(widest, vim.fn.strdisplaywidth(header[column][1])) or 0
  end
  return widths
end

--- The titles of columns.
---@param titles string[]
---@return forksight.Cell[]
function M.header(titles)
  return vim.tbl_map(function(title)
    return { title, 'ForksightHint' }
  end, titles)
end

return M
