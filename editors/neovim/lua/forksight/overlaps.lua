--- Shows overlaps as a quickfix list and as diffs. The warnings themselves are ordinary diagnostics.

local diff = require('forksight.diff')
local client = require('forksight.client')

local notify = client.notify

local M = {}

---@param bufnr? integer nil: all buffers.
---@param options? vim.diagnostic.GetOpts
---@return vim.Diagnostic[]
local function diagnostics(bufnr, options)
  return vim
    .iter(vim.diagnostic.get(bufnr, options))
    :filter(function(diagnostic)
      return diagnostic.source == 'forksight'
    end)
    :totable()
end

--- Put every overlap into the quickfix list, and open it if there is one.
function M.list()
  local items = vim.diagnostic.toqflist(diagnostics())
  vim.fn.setqflist({}, ' ', { title = 'Overlaps with other worktrees', items = items })
  if #items == 0 then
    vim.cmd.cclose()
    return notify('no other worktree edits the same lines')
  end
  vim.cmd('botright copen')
end

---@class forksight.Theirs
---@field uri string
---@field line integer 0-based
---@field label string

--- The other sides that the warnings name.
---@param shown vim.Diagnostic[]
---@return forksight.Theirs[]
local function sides(shown)
  local result = {} ---@type forksight.Theirs[]
  local seen = {} ---@type table<string, true>
  for _, diagnostic in ipairs(shown) do
    for _, related in ipairs(vim.tbl_get(diagnostic, 'user_data', 'lsp', 'relatedInformation') or {}) do
      local uri = related.location.uri
      if not seen[uri] then
        seen[uri] = true
        table.insert(result, { uri = uri, line = related.location.range.start.line, label = related.message })
      end
    end
  end
  return result
end

---@param path string
---@param worktrees string[]
---@return string? worktree The innermost one that the path lies in.
local function worktree_of(path, worktrees)
  local innermost ---@type string?
  for _, worktree in ipairs(worktrees) do
    if vim.startswith(path, worktree .. '/') and #worktree > #(innermost or '') then
      innermost = worktree
    end
  end
  return innermost
end

--- The number of conflicts of each of these worktrees with the open and the changed files.
---@param worktrees string[]
---@return table<string, integer>
function M.conflicts(worktrees)
  local counts = {} ---@type table<string, integer>
  for _, diagnostic in ipairs(diagnostics(nil, { severity = vim.diagnostic.severity.WARN })) do
    for _, side in ipairs(sides({ diagnostic })) do
      local worktree = worktree_of(vim.uri_to_fname(side.uri), worktrees)
      if worktree then
        counts[worktree] = (counts[worktree] or 0) + 1
      end
    end
  end
  return counts
end

--- Show another version beside the current window, in diff mode. Closing it ends the diff.
---@param buf integer
---@param line integer 0-based
---@param label string
local function beside(buf, line, label)
  local mine = vim.api.nvim_get_current_win()
  local winbar = vim.wo[mine].winbar
  vim.cmd.diffthis()
  vim.wo[mine].winbar = 'yours' -- theirs has one too: lines stand side by side
  vim.cmd('rightbelow vsplit')
  vim.api.nvim_win_set_buf(0, buf)
  vim.api.nvim_win_set_cursor(0, { math.min(line + 1, vim.api.nvim_buf_line_count(buf)), 0 })
  vim.cmd.diffthis()
  vim.wo.winbar = label:gsub('%%', '%%%%')
  diff.on_closed(vim.api.nvim_get_current_win(), function()
    if vim.api.nvim_win_is_valid(mine) then
      vim.wo[mine].winbar = winbar
      vim.api.nvim_win_call(mine, vim.cmd.diffoff)
    end
    diff.release(buf)
  end)
end

--- Show another worktree's file in such a diff.
---@param theirs forksight.Theirs
local function show(theirs)
  beside(diff.load(vim.uri_to_fname(theirs.uri)), theirs.line, theirs.label)
end

--- The other sides of warnings that are in no local file: a colleague's, or a compared ref's.
---@param shown vim.Diagnostic[]
---@return { label: string, worktree: string }[]
local function elsewhere(shown)
  local result = {}
  for _, diagnostic in ipairs(shown) do
    for _, worktree in ipairs(vim.tbl_get(diagnostic, 'user_data', 'lsp', 'data', 'others') or {}) do
      if not vim.startswith(worktree, '/') then
        table.insert(result, { label = diagnostic.message, worktree = worktree })
      end
    end
  end
  return result
end

--- Show a version that is in no local file in such a diff: the server has its text.
---@param theirs { worktree: string }
local function show_elsewhere(theirs)
  local window, mine = vim.api.nvim_get_current_win(), vim.api.nvim_get_current_buf()
  local argument = { uri = vim.uri_from_bufnr(mine), worktree = theirs.worktree, show = false }
  client.execute('openTheirs', argument, function(version)
    if not vim.api.nvim_win_is_valid(window) or vim.api.nvim_win_get_buf(window) ~= mine then
      return -- the person has gone on
    end
    vim.api.nvim_set_current_win(window)
    local buf = diff.buffer({ label = version.label, text = version.text })
    vim.bo[buf].filetype = vim.bo[mine].filetype
    beside(buf, vim.api.nvim_win_get_cursor(window)[1] - 1, version.label)
  end)
end

--- Diff with the other side of the overlap under the cursor, else with one of those in this buffer.
function M.diff()
  local line = vim.api.nvim_win_get_cursor(0)[1] - 1
  local choices = sides(diagnostics(0, { lnum = line }))
  if #choices == 0 then
    choices = sides(diagnostics(0))
  end
  if #choices == 0 then
    local others = elsewhere(diagnostics(0, { lnum = line }))
    others = #others > 0 and others or elsewhere(diagnostics(0))
    if #others == 0 then
      notify('no other worktree edits the same lines of this file')
    elseif #others == 1 then
      show_elsewhere(others[1])
    else
      require('forksight.pick').side(others, show_elsewhere)
    end
  elseif #choices == 1 then
    show(choices[1])
  else
    require('forksight.pick').side(choices, show)
  end
end

--- Implements the server's command `forksight.diffTheirs` with Neovim's own diff mode.
---@param command lsp.Command Its argument names the worktree (or the ref) and the path there.
---@param context { client_id: integer }
function M.diff_command(command, context)
  local wanted = command.arguments[1]
  if not vim.startswith(wanted.worktree, '/') then
    return show_elsewhere(wanted)
  end
  local path = vim.fs.joinpath(wanted.worktree, wanted.path or '')
  if vim.fn.filereadable(path) == 0 then
    local lsp = assert(vim.lsp.get_client_by_id(context.client_id))
    local params = { command = command.command, arguments = command.arguments }
    return client.request(lsp, 'workspace/executeCommand', params)
  end
  local uri = vim.uri_from_fname(path)
  local named = vim.iter(sides(diagnostics(0))):find(function(side)
    return side.uri == uri
  end)
  show(
    named
      or { uri = uri, line = vim.tbl_get(wanted, 'lines', 1) or 0, label = vim.fs.basename(wanted.worktree) }
  )
end

return M
