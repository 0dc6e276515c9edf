import Foundation
import Glibc

let isRoot = geteuid() == 0

/// Root in a container often may not.
let canMount: Bool = {
    let sysAdmin: UInt64 = 1 << 21
    guard let status = try? read("/proc/self/status") else { return false }
    let effective = status.split(separator: "\n").first { $0.hasPrefix("CapEff:") }?.split(separator: "\t").last
    return effective.flatMap { UInt64($0, radix: 16) }.map { $0 & sysAdmin != 0 } ?? false
}()

let canBindLoopDevices = canMount && access("/dev/loop-control", R_OK | W_OK) == 0
