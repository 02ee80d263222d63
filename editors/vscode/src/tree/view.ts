/**
 * The fork tree view.
 *
 * It has its own view container. The UX guidelines ask to put a view where its subject already lives: sessions are not source
 * control, they begin before there is a commit and go on after a merge, and the Source Control container already lists
 * repositories and changes, of which this would repeat the worktrees. Its own container also has a badge, which shows how
 * many files conflict while any other container is open. Who prefers it beside Source Control drags it there.
 */

import { setTimeout } from "node:timers/promises";
import * as vscode from "vscode";
import { coalesce } from "../coalesce";
import { everywhere } from "../place";
import type { ForkTree, Worktrees } from "../protocol";
import type { Server } from "../server/lifecycle";
import { isLive } from "../session";
import { badgeUri } from "./badges";
import type { Node, Shown } from "./node";
import { buildTree, nextStep } from "./nodes";
import { tooltip } from "./tooltip";
import { spoken } from "./wording";

const REVEAL_TRIES = 300;
const REVEAL_PAUSE_MS = 100;

export class ForkTreeView implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  private readonly changes = new vscode.EventEmitter<undefined>();
  private readonly view: vscode.TreeView<Node>;
  private roots: readonly Node[] = [];
  private drawn: readonly Node[] | undefined; // the roots that VS Code took last; undefined: the view was never shown
  private parents = new Map<string, Node>();
  private nodes = new Map<string, Node>();

  readonly onDidChangeTreeData = this.changes.event;

  constructor(
    private readonly server: Server,
    private readonly log: vscode.LogOutputChannel,
  ) {
    this.view = vscode.window.createTreeView("forksight.tree", { treeDataProvider: this, showCollapseAll: true });
  }

  /** Requests the tree of every open repository from the server. Calls during a run share one more run. */
  readonly refresh = coalesce(async () => {
    this.show(this.server.can("showForkTree") ? await this.load() : []);
  });

  /** The sessions of the repository that a place lies in, as the server has them now. */
  async sessions(place: object): Promise<ForkTree> {
    return await this.server.request<ForkTree>("forksight/forkTree", place);
  }

  /** Brings the view to the front, and a session in it if one is named. */
  async reveal(session?: string): Promise<void> {
    await vscode.commands.executeCommand("forksight.tree.focus");
    const node = session === undefined ? undefined : this.nodes.get(`session:${session}`);
    if (node) {
      await this.bring(node, { select: true, focus: true, expand: true });
    }
  }

  /** Reveals a node. A view that is shown for the first time only gets its nodes a moment later. */
  private async bring(node: Node, options: Parameters<vscode.TreeView<Node>["reveal"]>[1]): Promise<void> {
    for (let tries = 0; tries < REVEAL_TRIES; tries++) {
      try {
        await this.view.reveal(this.current(node), options);
        return;
      } catch (error) {
        this.log.debug("not in the view yet", error);
        await setTimeout(REVEAL_PAUSE_MS);
      }
    }
    this.log.warn(`${node.label} could not be shown in the view`);
  }

  /** Sets the badge on the activity bar: how many regions conflict, with whom and where. */
  badge({ conflicts, text }: { readonly conflicts: number; readonly text: string }): void {
    this.view.badge = conflicts > 0 ? { value: conflicts, tooltip: text } : undefined;
  }

  getChildren(node?: Node): Node[] {
    if (node === undefined) {
      this.drawn = this.roots;
      return [...this.roots];
    }
    return [...this.current(node).children];
  }

  /** VS Code may ask for the children of a node of the previous tree; without an answer it would show it as empty for good. */
  private current(node: Node): Node {
    return this.nodes.get(node.id) ?? node;
  }

  getParent(node: Node): Node | undefined {
    return this.parents.get(node.id);
  }

  getTreeItem(asked: Node): vscode.TreeItem {
    const node = this.current(asked);
    const item = new vscode.TreeItem(node.label, collapsible(node));
    item.id = node.id;
    item.description = node.description;
    item.iconPath = new vscode.ThemeIcon(
      node.icon.name,
      node.icon.color ? new vscode.ThemeColor(node.icon.color) : undefined,
    );
    item.contextValue = node.context;
    const badge = badgeUri(node);
    if (badge) {
      item.resourceUri = badge;
    }
    item.tooltip = node.session
      ? new vscode.MarkdownString(tooltip(node.session, node.standing ?? "", Date.now()), true)
      : (node.tooltip ?? node.label);
    item.accessibilityInformation = { label: spoken(node) };
    if (node.session && isLive(node.session.state)) {
      item.command = { command: "forksight.ui.showTerminal", title: "Show Terminal", arguments: [node] };
    }
    return item;
  }

  dispose(): void {
    this.view.dispose();
    this.changes.dispose();
  }

  /** The row that the person is on, as `list.select` leaves it. */
  get selected(): Node | undefined {
    return this.view.selection[0];
  }

  private async load(): Promise<readonly Shown[]> {
    const folders = (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri.fsPath);
    const answers = await Promise.all(
      everywhere().map(async (place) => {
        try {
          const [tree, around] = await Promise.all([this.sessions(place), this.around(place)]);
          return [{ place, tree, around, folders }];
        } catch (error) {
          this.log.debug("no fork tree", error); // a folder outside any repository
          return [];
        }
      }),
    );
    return [...new Map(answers.flat().map((shown) => [shown.tree.repository, shown])).values()];
  }

  private async around(place: object): Promise<Worktrees> {
    return await this.server.request<Worktrees>("forksight/worktrees", place);
  }

  private show(shown: readonly Shown[]): void {
    const leaves = new Set(
      [...this.nodes.values()].filter(({ children }) => children.length === 0).map(({ id }) => id),
    );
    this.roots = buildTree(shown, Date.now());
    this.parents = new Map();
    this.nodes = new Map();
    this.index(this.roots);
    const problems = shown.flatMap(({ tree }) => tree.problems.map(({ message }) => message));
    this.view.message = [...problems, this.roots.length > 0 ? nextStep(shown, vscode.workspace.isTrusted) : ""]
      .filter(Boolean)
      .join("\n");
    void vscode.commands.executeCommand("setContext", "forksight.repository", shown.length > 0);
    if (this.drawn === undefined || this.isDrawn()) {
      return; // while it draws rows anew, VS Code can't tell commands on which one they were chosen
    }
    this.changes.fire(undefined); // ids are stable: selection and folding stay
    for (const node of this.nodes.values()) {
      if (leaves.has(node.id) && node.open && node.children.length > 0 && this.view.visible) {
        void this.bring(node, { select: false, expand: true }); // VS Code leaves it folded
      }
    }
  }

  private isDrawn(): boolean {
    return this.roots.length > 0 && JSON.stringify(this.roots) === JSON.stringify(this.drawn);
  }

  private index(nodes: readonly Node[], parent?: Node): void {
    for (const node of nodes) {
      this.nodes.set(node.id, node);
      if (parent) {
        this.parents.set(node.id, parent);
      }
      this.index(node.children, node);
    }
  }
}

function collapsible({ children, open }: Node): vscode.TreeItemCollapsibleState {
  if (children.length === 0) {
    return vscode.TreeItemCollapsibleState.None;
  }
  return open ? vscode.TreeItemCollapsibleState.Expanded : vscode.TreeItemCollapsibleState.Collapsed;
}
