// flashsim/image.h - a chip's content as a raw file, as a programmer dongle reads it.
//
// Byte n of the file is byte n of the chip; erased is FF. Wear, marginal cells
// and power are not in the file.
#ifndef FLASHSIM_IMAGE_H_
#define FLASHSIM_IMAGE_H_

#include <cstdint>
#include <string>

#include "flashsim/profiles.h"
#include "flashsim/sim_flash.h"

namespace flashsim {

enum class ImageResult : std::uint8_t {
  kOk,
  kCannotOpen,  // no such file, or no permission
  kTooLarge,    // the file is larger than the chip
  kIoError,     // reading or writing failed part way; the target is incomplete
};

// "kTooLarge". Never null.
const char* Name(ImageResult result);

// Writes the whole chip (Peek's view). Replaces the file.
ImageResult SaveImage(const SimFlash& flash, const std::string& path);

// Replaces the chip's bits by the file's; a shorter file leaves the rest
// erased. Unlike an erase it wears nothing. kCannotOpen and kTooLarge leave
// the chip as it was.
ImageResult LoadImage(const std::string& path, SimFlash& flash);

// A chip that lives in a file: loaded when made (a missing file is an erased
// chip), written back by Save and by the destructor.
class FileBackedFlash {
 public:
  // Look at load_result() before use: after an error the chip is erased and
  // the destructor leaves the file alone.
  FileBackedFlash(const Profile& profile, std::uint64_t seed, std::string path);
  FileBackedFlash(const FileBackedFlash&) = delete;
  FileBackedFlash& operator=(const FileBackedFlash&) = delete;
  ~FileBackedFlash();

  ImageResult load_result() const { return load_result_; }
  SimFlash& flash() { return flash_; }
  ImageResult Save() const { return SaveImage(flash_, path_); }

 private:
  SimFlash flash_;
  std::string path_;
  ImageResult load_result_;
};

}  // namespace flashsim

#endif  // FLASHSIM_IMAGE_H_
