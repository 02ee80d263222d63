"""`python -m forksight` is the `forksight` command."""

from forksight.app import main

main()
