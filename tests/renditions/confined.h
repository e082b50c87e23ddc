// For tests that run programs of others.
#pragma once

#include <gtest/gtest.h>

#include "renditions/confined_program.h"
#include "renditions/confinement.h"

namespace threadkeep::renditions {

// Where the kernel cannot confine a program, none is run: that is looked at in the place of the
// test.
class Confined : public testing::Test {
 protected:
  void SetUp() override {
    if (Confinement().is_possible()) return;
    EXPECT_EQ(run_confined({"/usr/bin/true"}, "", {}).end, ProgramResult::End::cannot_run);
    GTEST_SKIP() << "this kernel cannot confine programs (Landlock, seccomp)";
  }
};

}  // namespace threadkeep::renditions
