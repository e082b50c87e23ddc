// What a program that reads hostile bytes is not left with.
#pragma once

namespace threadkeep::renditions {

// Made by the parent, entered by the child. Then, for good and through execve: no network, no other
// process, no file opened for writing, and to read only what the system has installed. What is open
// already stays so.
class Confinement {
 public:
  Confinement();
  ~Confinement();
  Confinement(const Confinement&) = delete;
  Confinement& operator=(const Confinement&) = delete;

  // Whether the kernel can do all of it (Landlock, seccomp).
  bool is_possible() const { return ruleset_ >= 0; }
  // Between fork and execve: calls nothing but the kernel. False: it is not confined.
  bool enter() const;

 private:
  int ruleset_ = -1;  // of Landlock
};

}  // namespace threadkeep::renditions
