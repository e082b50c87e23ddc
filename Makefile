# The front door: each verb is a script of the same name in scripts/.
.DEFAULT_GOAL := help
.PHONY: help run build test check bench nightly mutants format asan tsan clean

help:
	@echo "make run      install what is missing, build, start the server at http://127.0.0.1:8787"
	@echo "make test     all tests: C++ (under ASan + UBSan), web client, a browser against the server"
	@echo "make check    what CI checks beside the tests: includes, layout, clang-tidy, documents, ..."
	@echo "make build    the development build, in build/dev"
	@echo "make bench    measure"
	@echo "make nightly  the long runs: more kills, failing system calls, every mutant: hours"
	@echo "make mutants  break one promise after the other, and expect the test named for it to fail"
	@echo "make format   lay out the C++ code"
	@echo "make asan     the C++ tests under AddressSanitizer and UndefinedBehaviorSanitizer"
	@echo "make tsan     the C++ tests under ThreadSanitizer"
	@echo "make clean    remove what was built"

run test check bench nightly mutants format:
	@scripts/$@

build:
	@scripts/setup test
	@scripts/build dev

asan tsan:
	@scripts/test $@

clean:
	rm -rf build web/app/dist
