/**
 * The fork tree view.
 *
 * It has its own view container. The UX guidelines ask to put a view where its subject already lives: sessions are not source
 * control, they begin before there is a commit and go on after a merge, and the Source Control container already lists
 * repositories and changes, of which this would repeat the worktrees. Its own container also has a badge, which shows how
 * many files conflict while any other container is open. Who prefers it beside Source Control drags it there.
 */

import * as vscode from "vscode";
import { coalesce } from "../coalesce";
import { everywhere } from "../place";
import type { ForkTree, Worktrees } from "../protocol";
import type { Server } from "../server/lifecycle";
import { badgeUri } from "./badges";
import { buildTree, nextStep, type Node, type Shown } from "./nodes";
import { tooltip } from "./tooltip";

export class ForkTreeView implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  private readonly changes = new vscode.EventEmitter<undefined>();
  private readonly view: vscode.TreeView<Node>;
  private roots: readonly Node[] = [];
  private parents = new Map<string, Node>();
  private nodes = new Map<string, Node>();

  readonly onDidChangeTreeData = this.changes.event;

  constructor(
    private readonly server: Server,
    private readonly log: vscode.LogOutputChannel,
  ) {
    this.view = vscode.window.createTreeView("forksight.tree", { treeDataProvider: this, showCollapseAll: true });
  }

  /** Asks the server for the tree of every repository that is open here. Calls that come meanwhile share one more run. */
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
      await this.view.reveal(node, { select: true, focus: true, expand: true });
    }
  }

  /** Says on the activity bar how many files conflict. */
  badge(conflicts: number): void {
    const tooltip = `${conflicts} ${conflicts === 1 ? "conflict" : "conflicts"} with other worktrees`;
    this.view.badge = conflicts > 0 ? { value: conflicts, tooltip } : undefined;
  }

  getChildren(node?: Node): Node[] {
    return [...(node ? node.children : this.roots)];
  }

  getParent(node: Node): Node | undefined {
    return this.parents.get(node.id);
  }

  getTreeItem(node: Node): vscode.TreeItem {
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
    item.tooltip = node.session ? new vscode.MarkdownString(tooltip(node.session, Date.now()), true) : node.label;
    item.accessibilityInformation = { label: `${node.label}, ${node.description}` };
    return item;
  }

  dispose(): void {
    this.view.dispose();
    this.changes.dispose();
  }

  private async load(): Promise<readonly Shown[]> {
    const answers = await Promise.all(
      everywhere().map(async (place) => {
        try {
          const [tree, around] = await Promise.all([this.sessions(place), this.around(place)]);
          return [{ tree, around }];
        } catch (error) {
          this.log.debug("no fork tree", error); // a folder outside any repository
          return [];
        }
      }),
    );
    return [...new Map(answers.flat().map((each) => [each.tree.repository, each])).values()];
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
    this.view.message = [...problems, this.roots.length > 0 ? nextStep(shown) : ""].filter(Boolean).join("\n");
    void vscode.commands.executeCommand("setContext", "forksight.repository", shown.length > 0);
    this.changes.fire(undefined); // ids are stable: selection and folding stay
    for (const node of this.nodes.values()) {
      if (leaves.has(node.id) && node.open && node.children.length > 0 && this.view.visible) {
        void this.view.reveal(node, { select: false, expand: true }); // VS Code leaves it folded
      }
    }
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
