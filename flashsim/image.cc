#include "flashsim/image.h"

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>
#include <vector>

namespace flashsim {
namespace {

constexpr std::size_t kChunkBytes = 64 * 1024;

bool AllErased(std::span<const std::uint8_t> bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0xFF; });
}

ImageResult LoadChunks(std::ifstream& file, std::uint64_t size, SimFlash& flash) {
  std::vector<std::uint8_t> chunk(kChunkBytes);
  for (std::uint64_t at = 0; at < size; at += kChunkBytes) {
    chunk.resize(static_cast<std::size_t>(std::min<std::uint64_t>(kChunkBytes, size - at)));
    file.read(reinterpret_cast<char*>(chunk.data()), static_cast<std::streamsize>(chunk.size()));
    if (!file) return ImageResult::kIoError;
    if (!AllErased(chunk)) flash.Poke(at, chunk);
  }
  return ImageResult::kOk;
}

}  // namespace

const char* Name(ImageResult result) {
  switch (result) {
    case ImageResult::kOk: return "kOk";
    case ImageResult::kCannotOpen: return "kCannotOpen";
    case ImageResult::kTooLarge: return "kTooLarge";
    case ImageResult::kIoError: return "kIoError";
  }
  return "?";
}

ImageResult SaveImage(const SimFlash& flash, const std::string& path) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  if (!file) return ImageResult::kCannotOpen;
  const std::uint64_t size = flash.geometry().size_bytes();
  std::vector<std::uint8_t> chunk(kChunkBytes);
  for (std::uint64_t at = 0; at < size && file; at += kChunkBytes) {
    chunk.resize(static_cast<std::size_t>(std::min<std::uint64_t>(kChunkBytes, size - at)));
    flash.Peek(at, chunk);
    file.write(reinterpret_cast<const char*>(chunk.data()),
               static_cast<std::streamsize>(chunk.size()));
  }
  file.close();
  return file ? ImageResult::kOk : ImageResult::kIoError;
}

ImageResult LoadImage(const std::string& path, SimFlash& flash) {
  std::error_code error;
  const std::uint64_t size = std::filesystem::file_size(path, error);
  std::ifstream file(path, std::ios::binary);
  if (error || !file) return ImageResult::kCannotOpen;
  if (size > flash.geometry().size_bytes()) return ImageResult::kTooLarge;
  flash.Wipe();
  return LoadChunks(file, size, flash);
}

FileBackedFlash::FileBackedFlash(const Profile& profile, std::uint64_t seed, std::string path)
    : flash_(profile, seed), path_(std::move(path)), load_result_(ImageResult::kOk) {
  std::error_code error;
  if (std::filesystem::exists(path_, error)) load_result_ = LoadImage(path_, flash_);
  if (error) load_result_ = ImageResult::kCannotOpen;
  if (load_result_ != ImageResult::kOk) flash_.Wipe();
}

FileBackedFlash::~FileBackedFlash() {
  // Best effort: a destructor has nobody to tell. Call Save() to know.
  if (load_result_ == ImageResult::kOk) static_cast<void>(Save());
}

}  // namespace flashsim
