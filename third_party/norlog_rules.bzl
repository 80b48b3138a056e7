"""The rules every folder builds with; the twin of cmake/norlog_rules.cmake."""

def engine_library(name, hdrs, srcs = [], deps = []):
    """A concept of the engine: freestanding, included as "norlog/x.h"."""
    native.cc_library(
        name = name,
        srcs = srcs,
        hdrs = hdrs,
        copts = ["-ffreestanding", "-fbuiltin", "-fno-exceptions", "-fno-rtti"],
        strip_include_prefix = "/engine",
        visibility = ["//visibility:public"],
        deps = deps,
    )

def port_library(name, hdrs, srcs = [], deps = []):
    """A driver: freestanding, included as "folder/x.h"."""
    native.cc_library(
        name = name,
        srcs = srcs,
        hdrs = hdrs,
        copts = ["-ffreestanding", "-fbuiltin", "-fno-exceptions", "-fno-rtti"],
        strip_include_prefix = "/ports",
        visibility = ["//visibility:public"],
        deps = deps,
    )

def host_port_library(name, hdrs, srcs = [], deps = []):
    """A port for an operating system, included as "folder/x.h"."""
    native.cc_library(
        name = name,
        srcs = srcs,
        hdrs = hdrs,
        strip_include_prefix = "/ports",
        visibility = ["//visibility:public"],
        deps = deps,
    )

def norlog_test(name, srcs = [], deps = [], data = [], tags = [], timeout = "long"):
    """x_test.cc (and srcs) with the engine, the simulator, GoogleTest and RapidCheck."""
    native.cc_test(
        name = name + "_test",
        srcs = [name + "_test.cc"] + srcs,
        data = data,
        tags = tags,
        timeout = timeout,
        deps = deps + [
            "//engine:norlog",
            "//flashsim",
            "//third_party:gtest_main",
            "//third_party:rapidcheck",
        ],
    )
