"""The semantic rule on TypeScript and JavaScript: each case is what we add, what they change, and what is found."""

import pytest
from bench.semantic.programs.sides import Files, merged

from tests.overlaps.semantic.break_facts import Facts, check_found, check_silent, facts_of

UTIL = """\
import { join } from 'path';
import * as fs from 'fs';

export const LIMIT = 3;

export function charge(amount: number, currency = 'EUR'): string {
  return join(String(amount), currency);
}

export const refund = (amount: number) => fs.readFileSync(String(amount));

export interface Address {
  street: string;
  city: string;
}

export class Order {
  constructor(public readonly number: number) {}

  total(tax: number): number {
    return this.number * tax;
  }

  static load(number: number): Order {
    return new Order(number);
  }
}

export class Gift extends Order {
  wrap(): number {
    return 1;
  }
}

export abstract class Shape {
  area(): number {
    return 0;
  }
}

function last(): number {
  return 2;
}
"""
APP = """\
import { charge, Order, Shape, type Address } from './util';
import * as util from './util.js';

export function main(): unknown {
  return 1;
}


export function last(): number {
  return 2;
}
"""
BASE = {
    "src/util.ts": UTIL,
    "src/app.ts": APP,
    "src/index.ts": "export { charge, refund as giveBack } from './util';\n",
}


def util(old: str, new: str) -> Files:
    assert old in UTIL, old
    return {"src/util.ts": UTIL.replace(old, new)}


def app(line: str, *, head: str = "") -> Files:
    return {"src/app.ts": head + APP.replace("  return 1;\n", f"  {line}\n")}


CHARGE = "charge(amount: number, currency = 'EUR')"
BROKEN = {
    "import dropped": (
        util("function last(): number {\n", "function last(): number {\n  join('a');\n"),
        {"src/util.ts": UTIL.replace("import { join } from 'path';\n", "").replace("join(String(amount), currency)", "''")},
        [("gone", "join", "src/util.ts", 42)],
    ),
    "constant no longer exported": (
        app("return 1;", head="import { LIMIT } from './util';\n"),
        util("export const LIMIT", "const LIMIT"),
        [("gone", "LIMIT", "src/app.ts", 1)],
    ),
    "function renamed, through its module": (
        app("return util.refund(1);"),
        util("const refund", "const giveBack"),
        [("gone", "refund", "src/app.ts", 5)],
    ),
    "re-export gone": (
        app("return 1;", head="import { giveBack } from './index';\n"),
        {"src/index.ts": "export { charge } from './util';\n"},
        [("gone", "giveBack", "src/app.ts", 1)],
    ),
    "module gone": (
        app("return 1;", head="import { charge as c } from './util';\n"),
        {"src/util.ts": None, "src/tools.ts": UTIL, "src/index.ts": BASE["src/index.ts"].replace("util", "tools")},
        [("gone", "./util", "src/app.ts", 1)],
    ),
    "parameter added": (
        app("return charge(1);"),
        util(CHARGE, "charge(amount: number, account: string, currency = 'EUR')"),
        [("signature", "charge", "src/app.ts", 5)],
    ),
    "parameter removed": (
        app("return charge(1, 'USD');"),
        util(CHARGE, "charge(amount: number)"),
        [("signature", "charge", "src/app.ts", 5)],
    ),
    "constructor": (
        app("return new Order(1);"),
        util("constructor(public readonly number: number)", "constructor(public readonly number: number, owner: string)"),
        [("signature", "Order", "src/app.ts", 5)],
    ),
    "method renamed": (
        app("const order = new Order(1);\n  return order.total(2);"),
        util("total(tax", "sum(tax"),
        [("gone", "Order.total", "src/app.ts", 6)],
    ),
    "inherited method, through this": (
        util("  wrap(): number {\n", "  wrap(): number {\n    this.total(1);\n"),
        util("total(tax", "sum(tax"),
        [("gone", "Order.total", "src/util.ts", 31)],
    ),
    "property of an interface": (
        {"src/app.ts": APP + "\nexport const city = (address: Address) => address.city;\n"},
        util("  city: string;\n", ""),
        [("gone", "Address.city", "src/app.ts", 13)],
    ),
    "both define a function": (
        util("export interface Address", "export function ship() {}\n\nexport interface Address"),
        util("function last()", "export function ship() {\n  return 2;\n}\n\nfunction last()"),
        [("twice", "ship", "src/util.ts", 12)],
    ),
    "abstract method": (
        {"src/app.ts": APP + "\nexport class Square extends Shape {}\n"},
        util("  area(): number {", "  abstract name(): string;\n\n  area(): number {"),
        [("abstract", "Shape.name", "src/app.ts", 13)],
    ),
}  # fmt: skip
SILENT = {
    "bound by a block": (app("const LIMIT = 4; return LIMIT;"), util("export const LIMIT = 3;\n", "")),
    "a parameter of an arrow function": (app("return [1].map((refund) => refund);"), util("const refund", "const giveBack")),
    "destructured": (app("const { refund } = JSON.parse(''); return refund;"), util("const refund", "const giveBack")),
    "a key": (app("return { refund: 1 };"), util("const refund", "const giveBack")),
    "they do not parse": (app("return util.refund(1);"), util("const refund = (amount", "const giveBack = ((amount")),
    "they export everything of another": (
        app("return util.refund(1);"),
        {"src/util.ts": "export * from './other';\n" + UTIL.replace("const refund", "const giveBack")},
    ),
    "a global below": (
        util("function last(): number {\n", "function last(): number {\n  console.log(1);\n"),
        {},
    ),
    "call still fits": (app("return charge(1);"), util(CHARGE, "charge(amount: number, currency = 'EUR', to?: string)")),
    "spread": (app("return charge(...[1]);"), util(CHARGE, "charge(amount: number, account: string)")),
    "an alias that nobody follows": (
        app("return 1;", head="import { refund } from '@/util';\n"),
        util("const refund", "const giveBack"),
    ),
    "an index signature": (
        {"src/app.ts": APP + "\nexport const city = (address: Address) => address.city;\n"},
        util("  city: string;\n", "  [key: string]: string;\n"),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("ours", "theirs", "expected"), BROKEN.values(), ids=BROKEN)
def test_is_found(ours: Files, theirs: Files, expected: Facts) -> None:
    check_found(BASE, ours, theirs, expected)


@pytest.mark.parametrize(("ours", "theirs"), SILENT.values(), ids=SILENT)
def test_is_silent(ours: Files, theirs: Files) -> None:
    check_silent(BASE, ours, theirs)


JS_UTIL = "export function charge(amount) {\n  return amount;\n}\n\nexport const refund = (amount) => amount;\n"
JS_APP = "import { charge } from './util';\n\n\nexport const Page = () => <div>{charge(1)}</div>;\n"


def test_javascript_knows_names_and_no_signatures() -> None:
    base = {"util.js": JS_UTIL, "app.jsx": JS_APP}
    ours = {
        "app.jsx": JS_APP + "\nexport const More = () => <Page>{charge(1)}</Page>;\n",
        "new.mjs": "import { refund } from './util.js';\n",
    }
    theirs = {
        "util.js": JS_UTIL.replace("charge(amount)", "charge(amount, account)").replace("const refund", "const back")
    }
    assert [facts_of(broken) for broken in merged(base, ours, theirs).here] == [("gone", "refund", "new.mjs", 1)]
