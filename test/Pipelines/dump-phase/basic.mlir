// RUN: rm -rf %t
// RUN: dlk-opt %s --dlk-dump-phase="file=%t/a/b.mlir" -o /dev/null
// RUN: FileCheck %s < %t/a/b.mlir
// RUN: not dlk-opt %s --dlk-dump-phase="file=%t/a/b.mlir/c.mlir" 2>&1 | FileCheck %s --check-prefix=REFUSED

// The file can be read again, and folders on the way are made.
// CHECK-LABEL: func.func @f
// CHECK: return
// REFUSED: error: cannot write {{.*}}b.mlir/c.mlir: Not a directory
func.func @f() {
  return
}
