-- What `vim.lsp.enable('forksight')` starts. Every value can be overridden with `vim.lsp.config('forksight', { … })`.
-- There are no `filetypes`: any file may be edited in two worktrees at once.

---@type vim.lsp.Config
return {
  cmd = function(dispatchers)
    return require('forksight.server').start(dispatchers)
  end,
  root_dir = function(bufnr, on_dir)
    require('forksight.client').root_dir(bufnr, on_dir)
  end,
  reuse_client = function(client, config)
    return require('forksight.client').same_repository(client, config)
  end,
  before_init = function(params, config)
    params.initializationOptions = vim.tbl_get(config, 'settings', 'forksight')
  end,
  on_exit = vim.schedule_wrap(function(code, signal, client_id)
    require('forksight.client').ended(code, signal)
    require('forksight.status').forget(client_id)
    require('forksight.progress').forget(client_id)
  end),
  capabilities = {
    workspace = { textDocumentContent = { dynamicRegistration = false } },
    experimental = {
      forksight = {
        openTerminal = true,
        -- what to unset, as a list of names: 0.11 loses the nulls in `env`
        unsetList = vim.fn.has('nvim-0.12') == 0 or nil,
      },
    },
  },
  settings = { forksight = require('forksight.config').get().settings },
  commands = {
    ['forksight.diffTheirs'] = function(command, context)
      require('forksight.overlaps').diff_command(command, context)
    end,
  },
  handlers = {
    ['forksight/status'] = function(_, params, ctx)
      require('forksight.status').update(params, ctx.client_id)
    end,
    ['forksight/forkTreeChanged'] = function(_, _, ctx)
      require('forksight.tree').changed(ctx.client_id)
    end,
    ['forksight/sessionNotice'] = function(_, params)
      require('forksight.notices').show(params)
    end,
    ['forksight/openTerminal'] = function(_, params)
      return require('forksight.terminal').open(params)
    end,
    ['window/showMessage'] = function(_, params)
      local levels = { vim.log.levels.ERROR, vim.log.levels.WARN }
      local lines = vim.tbl_map(require('forksight.columns').tilde, vim.split(params.message, '\n'))
      require('forksight.client').notify(table.concat(lines, '\n'), levels[params.type])
      return vim.NIL
    end,
    ['window/showDocument'] = function(err, params, ctx)
      return require('forksight.document').show(err, params, ctx)
    end,
    ['window/showMessageRequest'] = function(err, params, ctx)
      if params.type == vim.lsp.protocol.MessageType.Info then -- an offer, such as to undo: not worth a prompt
        require('forksight.client').notify(params.message)
        return vim.NIL
      end
      return vim.lsp.handlers['window/showMessageRequest'](err, params, ctx)
    end,
  },
}
