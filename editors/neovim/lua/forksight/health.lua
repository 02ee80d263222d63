--- `:checkhealth forksight`: what is wrong, and the fix.

local M = {}

local health = vim.health

---@param argv string[]
---@return string? output
---@return string? failure
local function output_of(argv)
  local started, process = pcall(vim.system, argv, { text = true, timeout = 10000 })
  if not started then
    return nil, 'it does not start'
  end
  local result = process:wait()
  if result.code ~= 0 then
    return nil, vim.trim(result.stderr ~= '' and result.stderr or 'exit status ' .. result.code)
  end
  return vim.trim(result.stdout)
end

local function check_neovim()
  health.start('Neovim')
  if vim.fn.has('nvim-0.11') == 1 then
    health.ok(tostring(vim.version()))
  else
    health.error(('%s is too old'):format(vim.version()), 'install Neovim 0.11 or newer')
  end
  local _, problems = require('forksight.config').check()
  for _, problem in ipairs(problems) do
    health.warn(problem, 'see `:help forksight-configuration`')
  end
end

---@return forksight.Server?
local function check_server()
  health.start('Server')
  local config = vim.lsp.config.forksight
  if not config then
    health.error("lsp/forksight.lua is not on the 'runtimepath'", 'add the folder of this plugin to it')
    return
  end
  if type(config.cmd) == 'table' then
    health.info('`cmd` is set with vim.lsp.config(): ' .. table.concat(config.cmd, ' '))
    return
  end
  local server, problem = require('forksight.server').find()
  if not server then
    health.error(problem --[[@as string]])
    return
  end
  local name = table.concat(server.argv, ' ')
  local version, failure = output_of({ server.argv[1], '--version' })
  if version then
    health.ok(('%s: `%s`, %s'):format(version, name, server.reason))
  else
    health.error(('`%s`, %s: %s'):format(name, server.reason, failure), require('forksight.server').install)
  end
  return server
end

local function check_clients()
  health.start('Client')
  local enabled = require('forksight.client').enabled()
  if not enabled then
    health.warn('not enabled', "put `vim.lsp.enable('forksight')` into your init.lua")
  end
  local clients = vim.lsp.get_clients({ name = 'forksight' })
  for _, client in ipairs(clients) do
    local folders = vim.tbl_map(function(folder)
      return folder.name
    end, client.workspace_folders or {})
    local buffers = #vim.tbl_keys(client.attached_buffers)
    local attached = buffers == 1 and '1 buffer' or buffers .. ' buffers'
    health.ok(('running for %s, attached to %s'):format(table.concat(folders, ', '), attached))
  end
  if enabled and #clients == 0 then
    health.info('none is running: one starts with the first file that is opened in a git worktree')
  end
end

--- What `forksight doctor` says about git, Claude Code and the worktrees here.
---@param server forksight.Server
local function check_doctor(server)
  health.start('Doctor')
  local place = require('forksight.client').place()
  if not place then
    return health.info('not in a git worktree: open a file of one, or `:cd` there, for more')
  end
  local argv = { server.argv[1], '-C', place.worktree, 'doctor', '--json' }
  local result = vim.system(argv, { text = true, timeout = 20000 }):wait()
  local read, report = pcall(vim.json.decode, result.stdout)
  if not read then
    return health.error(
      '`forksight doctor` failed: ' .. vim.trim(result.stderr),
      require('forksight.server').install
    )
  end
  local say = { ok = health.ok, warning = health.warn, error = health.error }
  for _, check in ipairs(report.checks) do
    say[check.status](('%s: %s'):format(check.name, check.detail), check.fix ~= vim.NIL and check.fix or nil)
  end
end

function M.check()
  check_neovim()
  local server = check_server()
  check_clients()
  if server then
    check_doctor(server)
  end
end

return M
