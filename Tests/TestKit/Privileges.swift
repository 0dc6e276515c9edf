internal import Foundation
internal import Glibc

/// Whether this process may mount; root in a container often may not.
package let canMount: Bool = {
    let sysAdmin: UInt64 = 1 << 21
    guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else { return false }
    let effective = status.split(separator: "\n").first { $0.hasPrefix("CapEff:") }?.split(separator: "\t").last
    return effective.flatMap { UInt64($0, radix: 16) }.map { $0 & sysAdmin != 0 } ?? false
}()

/// Whether this process may bind loop devices to files.
package let canBindLoopDevices = canMount && access("/dev/loop-control", R_OK | W_OK) == 0
