"""The names of handlers, and the errors of wrong ones."""

from __future__ import annotations

import sys
import tempfile
import unittest
from functools import partial
from pathlib import Path
from typing import Any

from asya_runtime.errors import SetupError
from asya_runtime.handler import Handler
from asya_runtime.loading import load

MODULE = """
import functools
NUMBER = 5
def handle(payload): return payload
def handle_batch(payloads): return payloads
async def later(payload): return payload
async def each(payload): yield payload
def none(): pass
def three(a, b, c): pass
def keyword(payload, *, model): pass
class Plain:
    def __init__(self, greeting="hello"): self.greeting = greeting
    def greet(self, payload): return self.greeting + payload
    @staticmethod
    def fixed(payload): return payload
class Needy:
    def __init__(self, model): pass
    def greet(self, payload): pass
class Failing:
    def __init__(self): raise ValueError("no model")
    def greet(self, payload): pass
instance = Plain("hi ")
"""


class Loading(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        path = Path(folder.name)
        (path / "kit_actor.py").write_text(MODULE)
        (path / "kit_broken.py").write_text("x = 1\nimport no_such_package\n")
        (path / "kit_syntax.py").write_text("def handle(:\n")
        (path / "kit_exit.py").write_text("raise SystemExit(3)\n")
        (path / "kit_package").mkdir()
        (path / "kit_package" / "__init__.py").write_text("")
        (path / "kit_package" / "actor.py").write_text(MODULE)
        sys.path.insert(0, str(path))
        self.addCleanup(self.forget, str(path))

    def forget(self, path: str) -> None:
        sys.path.remove(path)
        for name in [name for name in sys.modules if name.startswith("kit_")]:
            del sys.modules[name]

    def test_a_function_has_several_names(self) -> None:
        for name in (
            "kit_actor:handle",
            "kit_actor.handle",
            "kit_actor",
            "kit_package.actor:handle",
            "kit_package.actor.handle",
            "kit_package.actor",
        ):
            with self.subTest(name=name):
                self.assertEqual(load(name).handler.call(1, None), 1)

    def test_a_method_of_a_class_is_called_on_an_instance(self) -> None:
        for name in ("kit_actor:Plain.greet", "kit_actor.Plain.greet"):
            self.assertEqual(load(name).handler.call(" you", None), "hello you")
        self.assertEqual(load("kit_actor:instance.greet").handler.call("you", None), "hi you")
        self.assertEqual(load("kit_actor:Plain.fixed").handler.call(1, None), 1)

    def test_the_kind_of_a_function_is_detected(self) -> None:
        kinds = {
            name: load(f"kit_actor:{name}").handler
            for name in ("handle", "handle_batch", "later", "each")
        }
        self.assertEqual([it.is_async for it in kinds.values()], [False, False, True, True])
        self.assertEqual([it.is_batch for it in kinds.values()], [False, True, False, False])

    def test_a_wrong_name_is_an_error_of_one_line(self) -> None:
        for name, text in (
            (
                "no_such_module:handle",
                'no module "no_such_module" for the handler "no_such_module:handle"; is its'
                " folder in PYTHONPATH?",
            ),
            (
                "no_such_module.handle",
                'no module "no_such_module" for the handler "no_such_module.handle"; is its'
                " folder in PYTHONPATH?",
            ),
            (
                "kit_actor:missing",
                'no function "missing" in module kit_actor for the handler "kit_actor:missing"',
            ),
            (
                "kit_actor.missing",
                'no function "missing" in module kit_actor for the handler "kit_actor.missing"',
            ),
            (
                "kit_actor:Plain.missing",
                'no function "missing" in kit_actor.Plain for the handler'
                ' "kit_actor:Plain.missing"',
            ),
            ("kit_actor:NUMBER", '"kit_actor:NUMBER" is not callable: it is of type int'),
            (
                "kit_actor:Plain",
                '"kit_actor:Plain" is a class; name its method, such as kit_actor:Plain.handle',
            ),
            (
                "kit_actor:none",
                "kit_actor:none must take a payload, or a payload and a context; it is none()",
            ),
            (
                "kit_actor:three",
                "kit_actor:three must take a payload, or a payload and a context; it is"
                " three(a, b, c)",
            ),
            (
                "kit_actor:keyword",
                "kit_actor:keyword must take a payload, or a payload and a context; it is"
                " keyword(payload, *, model)",
            ),
            (
                "kit_actor.py",
                '"kit_actor.py" is a file; name a module and a function, such as kit_actor:handle',
            ),
            ("kit_actor:", 'no function "" in module kit_actor for the handler "kit_actor:"'),
            (
                "../kit actor:handle",
                '"../kit actor:handle" is not a valid handler; expected module:function or'
                " module.function",
            ),
            ("kit_exit:handle", "cannot import kit_exit: SystemExit: 3"),
            (
                "kit_broken:handle",
                "cannot import kit_broken: ModuleNotFoundError: No module named 'no_such_package'",
            ),
            ("kit_syntax:handle", "cannot import kit_syntax: SyntaxError: "),
            ("kit_actor:Needy.greet", "cannot create Needy() without arguments: TypeError: "),
            (
                "kit_actor:Failing.greet",
                "cannot create Failing() without arguments: ValueError: no model",
            ),
        ):
            with self.subTest(name=name), self.assertRaises(SetupError) as raised:
                load(name)
            message = str(raised.exception)
            self.assertTrue(message.startswith(text), message)
            self.assertNotIn("\n", message)

    def test_partial_functions_and_objects_are_handlers(self) -> None:
        class Model:
            async def __call__(self, payload: Any) -> Any:
                return payload

        def scale(factor: int, payload: int) -> int:
            return factor * payload

        self.assertTrue(Handler(Model()).is_async)
        self.assertEqual(Handler(partial(scale, 3)).call(2, None), 6)
        self.assertEqual(Handler(len).call("abc", None), 3)


if __name__ == "__main__":
    unittest.main()
