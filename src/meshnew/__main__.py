"""`python -m meshnew`."""

from meshnew.cli import main

if __name__ == "__main__":
    main()
