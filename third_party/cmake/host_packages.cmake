# What the host parts use, all of it packaged by Debian 12. The engine itself
# depends on nothing.
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
find_package(GTest REQUIRED)
find_package(rapidcheck REQUIRED)
find_package(benchmark REQUIRED)
find_package(absl REQUIRED)
find_package(nlohmann_json REQUIRED)
