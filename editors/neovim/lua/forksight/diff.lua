--- Files side by side in diff mode.

local M = {}

---@class forksight.Version
---@field label string Stands above the text.
---@field path? string A file; nil: `text` is the whole of it.
---@field text? string nil, where there is no file either: nothing is there.

--- Open a file read-only, since another editor may have it open; unless the person has it open here already.
---@param path string
---@return integer buf
---@return boolean ours Whether it was opened for this.
function M.load(path)
  local buf = vim.fn.bufadd(path)
  local ours = not vim.api.nvim_buf_is_loaded(buf)
  if ours then
    vim.bo[buf].swapfile = false
    vim.fn.bufload(buf)
    vim.bo[buf].readonly = true
  end
  return buf, ours
end

--- Close a file that was only opened for viewing: while it is open, its worktree can't be cleaned up.
---@param buf integer
function M.release(buf)
  if
    vim.api.nvim_buf_is_loaded(buf)
    and not vim.bo[buf].modified
    and not vim.bo[buf].buflisted
    and #vim.fn.win_findbuf(buf) == 0
  then
    vim.api.nvim_buf_delete(buf, { unload = true })
  end
end

--- A buffer for a version: a file, or a read-only text that is wiped out when hidden.
---@param version forksight.Version
---@return integer buf
function M.buffer(version)
  if version.path then
    return (M.load(version.path))
  end
  local buf = vim.api.nvim_create_buf(false, true)
  vim.api.nvim_buf_set_lines(buf, 0, -1, false, vim.split(version.text or '', '\n', { trimempty = true }))
  vim.bo[buf].bufhidden = 'wipe'
  vim.bo[buf].modifiable = false
  return buf
end

--- Call back once a window has closed.
---@param window integer
---@param callback fun()
function M.on_closed(window, callback)
  vim.api.nvim_create_autocmd('WinClosed', {
    pattern = tostring(window),
    once = true,
    callback = vim.schedule_wrap(callback),
  })
end

--- Show these versions side by side in diff mode, in their own tab page, which closes as a whole.
---@param versions forksight.Version[]
---@param path string What it is that they are versions of.
function M.tab(versions, path)
  vim.cmd.tabnew()
  vim.bo.bufhidden = 'wipe' -- the empty buffer that comes with it
  local tab = vim.api.nvim_get_current_tabpage()
  for i, version in ipairs(versions) do
    if i > 1 then
      vim.cmd('rightbelow vsplit')
    end
    local buf = M.buffer(version)
    vim.api.nvim_win_set_buf(0, buf)
    if not version.path then
      vim.bo[buf].filetype = vim.filetype.match({ filename = path, buf = buf }) or ''
    end
    vim.cmd.diffthis()
    vim.wo[0][0].winbar = version.label:gsub('%%', '%%%%')
    M.on_closed(vim.api.nvim_get_current_win(), function()
      if vim.api.nvim_tabpage_is_valid(tab) then
        pcall(vim.cmd.tabclose, vim.api.nvim_tabpage_get_number(tab))
      end
      M.release(buf)
    end)
  end
  vim.cmd('1wincmd w')
  pcall(vim.cmd, 'normal! gg]c') -- to the first difference; there may be none
end

return M
