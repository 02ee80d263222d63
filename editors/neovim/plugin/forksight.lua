if vim.g.loaded_forksight then
  return
end
vim.g.loaded_forksight = true

if vim.fn.has('nvim-0.11') == 0 then
  vim.notify('Forksight needs Neovim 0.11 or newer', vim.log.levels.WARN)
  return
end

vim.api.nvim_create_user_command('Forksight', function(opts)
  require('forksight.commands').run(opts.fargs)
end, {
  nargs = '*',
  desc = 'Forks of Claude Code sessions and overlaps with other worktrees',
  complete = function(lead, line)
    return require('forksight.commands').complete(lead, line)
  end,
})

-- <Plug>(forksight-fork), <Plug>(forksight-tree), … : one for each subcommand
for _, command in ipairs(require('forksight.commands.table')) do
  local name = command.name
  vim.keymap.set('n', ('<Plug>(forksight-%s)'):format(name), function()
    require('forksight.commands').run({ name })
  end, { desc = 'Forksight: ' .. command.summary })
end

-- `:help forksight` where no plugin manager has made the tags
vim.schedule(function()
  for _, doc in ipairs(vim.api.nvim_get_runtime_file('doc/forksight.txt', false)) do
    local folder = vim.fs.dirname(doc)
    if not vim.uv.fs_stat(folder .. '/tags') and vim.uv.fs_access(folder, 'W') then
      vim.cmd.helptags({ args = { folder }, magic = { file = false } })
    end
  end
end)

local group = vim.api.nvim_create_augroup('forksight', {})

vim.api.nvim_create_autocmd({ 'BufReadPost', 'BufNewFile', 'BufWritePost', 'BufFilePost' }, {
  group = group,
  desc = 'Attach to files without a filetype too',
  callback = function(event)
    if vim.bo[event.buf].filetype == '' then
      require('forksight.client').attach_without_filetype(event.buf)
    end
  end,
})

---@param event string
---@param desc string
---@param react fun(client: vim.lsp.Client, event: table) What to do if it happened to Forksight's client.
local function on_client(event, desc, react)
  vim.api.nvim_create_autocmd(event, {
    group = group,
    desc = desc,
    callback = function(args)
      local client = vim.lsp.get_client_by_id(args.data.client_id)
      if client and client.name == 'forksight' then
        react(client, args)
      end
    end,
  })
end

on_client('LspAttach', 'Tell the server of each worktree that is open', function(client, event)
  require('forksight.highlights').define()
  require('forksight.notices') -- from now on it knows whether Neovim has the focus
  require('forksight.client').add_worktree(client, event.buf)
  require('forksight.status').ask(client, event.buf)
end)

on_client('LspDetach', 'Tell the server of each worktree that is left', function(client, event)
  require('forksight.client').leave_worktree(client, event.buf)
end)

on_client('LspProgress', 'Say what the server is at', function(client, event)
  require('forksight.progress').update(client.id, event.data.params)
end)

if vim.v.vim_did_enter == 1 then -- loaded late, by a plugin manager
  for _, bufnr in ipairs(vim.api.nvim_list_bufs()) do
    require('forksight.client').attach_without_filetype(bufnr)
  end
end
