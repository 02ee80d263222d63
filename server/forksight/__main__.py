"""The `forksight` command, as it is started and as `python -m forksight`."""

import sys


def main() -> None:
    """Run the command."""
    arguments = sys.argv[1:]
    if arguments == ["statusline"] or (arguments[:2] == ["statusline", "--first"] and len(arguments) == 3):
        from forksight import statusline  # past all that the other commands need

        statusline.run(arguments[1:])
        return
    from forksight.app.workbench import main as run

    run()


if __name__ == "__main__":
    main()
