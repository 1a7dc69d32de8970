func.func @f(%a: i32) {
  dlk.no_such_operation %a : i32
  return
}
