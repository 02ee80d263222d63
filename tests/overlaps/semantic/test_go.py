"""The semantic rule on Go: each case is what we add, what they change, and what is found."""

import pytest
from bench.semantic.programs.sides import Files, merged

from tests.overlaps.semantic.break_facts import Facts, check_found

Case = tuple[str, Files, Files, Facts]

UTIL = """\
package pay

import (
	"fmt"
	"os"
)

const Limit = 3

var Rates, taxes = []int{1}, 2

func Charge(amount int, currency string) string {
	return fmt.Sprint(amount, currency)
}

func refund(amount int, notes ...string) {
	os.Exit(amount)
}

type Base struct{ Name string }

func (b *Base) Close() {}

type Order struct {
	Base
	Number int
}

func (o *Order) Total(tax int) int {
	return o.Number * tax
}

type Shape interface {
	Area() int
}
"""
APP = """\
package pay

func one() {
	return
}


func last() int {
	return 2
}
"""
MAIN = """\
package main

import (
	"example.com/shop/pay"
	extra "example.com/shop/more"
)

func main() {
	return
}

var _, _ = pay.Limit, extra.More
"""
BASE = {
    "pay/util.go": UTIL,
    "pay/app.go": APP,
    "pay/methods.go": "package pay\n\nfunc (o *Order) Pack() {}\n\nfunc (o *Order) Send(to string) {}\n",
    "more/more.go": "package more\n\nfunc More() {}\n",
    "main.go": MAIN,
}


def util(old: str, new: str) -> dict[str, str]:
    assert old in UTIL, old
    return {"pay/util.go": UTIL.replace(old, new)}


def app(line: str) -> Files:
    return {"pay/app.go": APP.replace("\treturn\n", f"\t{line}\n", 1)}


def main(line: str) -> Files:
    return {"main.go": MAIN.replace("\treturn\n", f"\t{line}\n", 1)}


NO_CHARGE = util("func Charge(amount int, currency string) string {\n\treturn fmt.Sprint(amount, currency)\n}\n\n", "")
APP_4, MAIN_9 = ("pay/app.go", 4), ("main.go", 9)
CASES: list[Case] = [
    ("a function of another file of the package", app('Charge(1, "a")'), NO_CHARGE, [("gone", "Charge", *APP_4)]),
    ("a function of another package", main('pay.Charge(1, "a")'), NO_CHARGE, [("gone", "Charge", *MAIN_9)]),
    ("a constant", app("println(Limit)"), util("const Limit = 3\n", ""), [("gone", "Limit", *APP_4)]),
    ("one of several variables", app("println(taxes)"), util("Rates, taxes = []int{1}, 2", "Rates = []int{1}"),
     [("gone", "taxes", *APP_4)]),
    ("a type", app("var s Shape"), util("Shape", "Form"), [("gone", "Shape", *APP_4)]),
    ("a package", main("extra.More()"), {"more/more.go": None}, [("gone", "More", *MAIN_9)]),
    ("a file of a package", app("(&Order{}).Pack()"), {"pay/methods.go": None}, [("gone", "Order.Pack", *APP_4)]),
    ("a method of a local", app("o := Order{}; o.Total(1)"), util("Total", "Sum"), [("gone", "Order.Total", *APP_4)]),
    ("a method by a variable's type", main("var o pay.Order; o.Total(1)"), util("Total", "Sum"),
     [("gone", "Order.Total", *MAIN_9)]),
    ("a field", app("o := Order{}; println(o.Number)"),
     {"pay/util.go": UTIL.replace("Number int", "Count int").replace("o.Number", "o.Count")},
     [("gone", "Order.Number", *APP_4)]),
    ("an embedded type's method", app("o := Order{}; o.Close()"), util("Close", "Shut"), [("gone", "Base.Close", *APP_4)]),
    ("a dropped import", {"pay/util.go": UTIL.replace("\treturn o.Number", "\tos.Getpid()\n\treturn o.Number")},
     {"pay/util.go": UTIL.replace('\t"os"\n', "").replace("\tos.Exit(amount)\n", "")}, [("gone", "os", "pay/util.go", 30)]),
    ("a new parameter", app('Charge(1, "a")'), util("currency string)", "currency string, to int)"),
     [("signature", "Charge", *APP_4)]),
    ("a parameter less", main('pay.Charge(1, "a")'), util("amount int, currency string", "amount int"),
     [("signature", "Charge", *MAIN_9)]),
    ("a method's new parameter", main("o := pay.Order{}; o.Total(1)"), util("tax int)", "tax int, more int)"),
     [("signature", "Order.Total", *MAIN_9)]),
    ("a method in a file of its own", app('o := &Order{}; o.Send("a")'),
     {"pay/methods.go": BASE["pay/methods.go"].replace("to string", "to, from string")}, [("signature", "Order.Send", *APP_4)]),
    ("both define it", {"pay/app.go": APP.replace("func one()", "func two() {}\n\nfunc one()")},
     {"pay/app.go": APP + "\nfunc two() {}\n"}, [("twice", "two", "pay/app.go", 3)]),
    ("both define it, in two files", {"pay/app.go": APP + "\nfunc two() {}\n"}, {"pay/util.go": UTIL + "\nfunc two() {}\n"},
     [("twice", "two", "pay/app.go", 12)]),
    ("both define it, in new files", {"pay/a.go": "package pay\n\nfunc two() {}\n"}, {"pay/b.go": "package pay\n\nfunc two() {}\n"},
     [("twice", "two", "pay/a.go", 3)]),
    # silence
    ("both define it, in two packages", {"pay/a.go": "package pay\n\nfunc two() {}\n"},
     {"more/b.go": "package more\n\nfunc two() {}\n"}, []),
    ("both define it, for two systems", {"pay/a_linux.go": "package pay\n\nfunc two() {}\n"},
     {"pay/a_windows.go": "package pay\n\nfunc two() {}\n"}, []),
    ("both define it, by a build constraint", {"pay/a.go": "//go:build unix\n\npackage pay\n\nfunc two() {}\n"},
     {"pay/b.go": "package pay\n\nfunc two() {}\n"}, []),
    ("both define it, in tests", {"pay/a_test.go": "package pay\n\nfunc two() {}\n"}, {"pay/b.go": "package pay\n\nfunc two() {}\n"},
     []),
    ("a method of two types", {"pay/a.go": "package pay\n\nfunc (b *Base) two() {}\n"},
     {"pay/b.go": "package pay\n\nfunc (o *Order) two() {}\n"}, []),
    ("a local of that name", app('Charge := 1; println(Charge)'), NO_CHARGE, []),
    ("a parameter of that name", {"pay/app.go": APP.replace("func one() {\n\treturn", "func one(Limit int) {\n\tprintln(Limit)")},
     util("const Limit = 3\n", ""), []),
    ("a variadic parameter more", app("refund(1)"), util("notes ...string", "notes ...int"), []),
    ("several values of one call", app("Charge(both())"), util("currency string)", "currency string, to int)"), []),
    ("moved to another file", app('Charge(1, "a")'), {**NO_CHARGE, "pay/new.go": "package pay\n\nfunc Charge(a int, b string) {}\n"},
     []),
    ("a key of a literal", app("println(Thing{Limit: 1})"), util("const Limit = 3\n", ""), []),
    ("the standard library", app("fmt.Charge()"), NO_CHARGE, []),
    ("their file does not parse", app('Charge(1, "a")'), {"pay/util.go": NO_CHARGE["pay/util.go"] + "func (\n"}, []),
    ("a method of nobody knows what", app("x().Total(1)"), util("Total", "Sum"), []),
    ("a library that is called like a package",
     {"main.go": MAIN.replace('"example.com/shop/pay"', 'pay "github.com/other/pay"').replace("\treturn", "\tpay.Charge(1)")}, NO_CHARGE, []),
    ("what I have moved myself", {**NO_CHARGE, "pay/new.go": "package pay\n\nfunc Charge() {}\n\nfunc two() {\n\tCharge()\n}\n"},
     NO_CHARGE, []),
    ("a type parameter of that name", {"pay/app.go": APP + "\ntype Box[Shape any] struct {\n\tin Shape\n}\n"},
     util("Shape", "Form"), []),
    ("a package's own tests", {"pay/x_test.go": "package pay_test\n\nfunc x() {\n\tCharge(1)\n}\n"}, NO_CHARGE, []),
]  # fmt: skip


@pytest.mark.parametrize(("ours", "theirs", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_what_is_found(ours: Files, theirs: Files, expected: Facts) -> None:
    check_found(BASE, ours, theirs, expected)


def test_where_it_was_is_said_by_file_and_line() -> None:
    (broken,) = merged(BASE, app('Charge(1, "a")'), util("currency string)", "currency string, to int)")).here
    assert (broken.change.path, broken.change.lines.start + 1, broken.detail) == ("pay/util.go", 12, "needs to")
    assert broken.after.startswith(b"func Charge(amount int, currency string, to int)")


SHOP = "package shop\n\nfunc Charge(amount int) {}\n"
NESTED = {
    "go.mod": "// the shop\nmodule example.com/shop\n\ngo 1.22\n\nreplace example.com/tools => ./tools\n",
    "shop.go": SHOP,
    "tools/go.mod": "module example.com/tools\n",
    "tools/pay/pay.go": SHOP.replace("shop", "pay"),
    "pay/pay.go": SHOP.replace("shop", "pay"),
    "tools/tools.go": SHOP.replace("shop", "tools"),
}
MODULES: dict[str, tuple[str, str, list[str]]] = {
    "the root's package": ("example.com/shop", "shop.go", ["Charge"]),
    "a package": ("example.com/shop/pay", "pay/pay.go", ["Charge"]),
    "that of a module inside, which is not the one outside": ("example.com/tools/pay", "pay/pay.go", []),
    "a module inside": ("example.com/tools/pay", "tools/pay/pay.go", ["Charge"]),
    "a module's root inside": ("example.com/tools", "tools/tools.go", ["Charge"]),
    "another module with a folder of that name": ("github.com/other/project/pay", "pay/pay.go", []),
    "another module whose name begins alike": ("example.com/shopping/pay", "pay/pay.go", []),
}


@pytest.mark.parametrize(("module", "path", "symbols"), MODULES.values(), ids=MODULES)
def test_modules_are_known_by_their_go_mod(module: str, path: str, symbols: list[str]) -> None:
    name = module.rpartition("/")[2]
    ours = {"cmd/main.go": f'package main\n\nimport "{module}"\n\nfunc main() {{\n\t{name}.Charge(1)\n}}\n'}
    theirs = {path: NESTED[path].replace("Charge", "Pay")}
    assert [broken.symbol for broken in merged(NESTED, ours, theirs).here] == symbols


def test_a_file_that_came_from_another_package_keeps_what_it_defines() -> None:
    charge = "\n\nfunc Charge(amount int) {\n\tprintln(amount)\n}\n"
    base = {
        "go.mod": "module example.com/shop\n",
        "pay/a.go": f"package pay{charge}",
        "v2/b.go": f"package v2{charge}",
        "pay/app.go": APP,
    }
    theirs = {"pay/b.go": f"package pay{charge}", **app("Charge(1)")}
    assert merged(base, {"pay/a.go": None}, theirs, {"v2/b.go": "pay/b.go"}).there == ()
    assert merged(base, {"pay/a.go": None}, app("Charge(1)")).there != ()


def test_a_field_that_we_have_at_two_places_stays() -> None:
    fields = [f"\tField{number} int\n" for number in range(6)]
    base = {**BASE, "pay/bill.go": "package pay\n\ntype Bill struct {\n" + "".join(fields) + "}\n"}
    twice = base["pay/bill.go"].replace(fields[0], fields[4] + fields[0])
    theirs = {"pay/bill.go": base["pay/bill.go"].replace(fields[4], "")}
    ours = app("b := Bill{}; println(b.Field4)")
    assert merged(base, {**ours, "pay/bill.go": twice}, theirs).here == ()
    assert merged(base, ours, theirs).here != ()
