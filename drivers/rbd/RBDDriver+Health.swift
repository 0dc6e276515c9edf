internal import Exports
internal import Foundation
internal import Programs
public import VolumeDriver

extension RBDDriver: HealthCheckingDriver {
    /// Checks the pool. Pools are created by administrators, who decide about their replication.
    public func setUp() async throws(DriverError) {
        let action = "use pool '\(access.pool)'"
        try await checkPool(action)
        _ = try await names(action)
    }

    /// Checks the tools, the key, the cluster, and the pool's free space.
    public func checkHealth() async -> [HealthFinding] {
        var findings = [await tools(), key(), await cluster(), await room()]
        if !withheldFeatures.isEmpty {
            findings.append(
                .warning(
                    "QEMU's tools",
                    "the pool does not support: \(withheldFeatures)",
                    remedy: "install \(QEMU.package), and configure a directory for exports"
                )
            )
        }
        return findings
    }

    private func tools() async -> HealthFinding {
        do {
            let version = try await tool.rbd(["--version"], "ask for the version of Ceph's tools").result.output
            return .ok("tools", version.split(whereSeparator: \.isNewline).first.map(String.init) ?? "rbd is there")
        } catch {
            return .failure("tools", error.description, remedy: error.remedy ?? "install ceph-common")
        }
    }

    /// Checks whether other users could read the key.
    private func key() -> HealthFinding {
        guard let keyring = access.keyring else { return .ok("key", "where '\(access.configuration)' has it") }
        guard let mode = try? FileManager.default.attributesOfItem(atPath: keyring)[.posixPermissions] as? Int else {
            return .failure("key", "'\(keyring)' can't be read", remedy: "correct its path, or its owner")
        }
        guard mode & 0o007 == 0 else {
            return .warning("key", "every user can read '\(keyring)'", remedy: "chmod o-rwx '\(keyring)'")
        }
        return .ok("key", "'\(keyring)' is readable by its owner and group only")
    }

    private func cluster() async -> HealthFinding {
        do {
            let action = "list the images of pool '\(access.pool)'"
            try await checkPool(action)
            let count = try await names(action).count
            return .ok("cluster", "it answers, and pool '\(access.pool)' has \(count) images")
        } catch {
            return .failure("cluster", error.description, remedy: error.remedy ?? "look at `ceph health`")
        }
    }

    private func room() async -> HealthFinding {
        do {
            let capacity = try await capacity()
            let free = capacity.total > .zero ? capacity.free.bytes / max(1, capacity.total.bytes / 100) : 0
            guard free >= 15 else {
                let message = "\(free)% of pool '\(access.pool)' is free; Ceph refuses writes when an OSD is full"
                return .warning("room", message, remedy: "add OSDs, or delete unneeded volumes")
            }
            return .ok("room", "\(capacity.free) of \(capacity.total) are free")
        } catch {
            return .failure("room", error.description, remedy: error.remedy ?? "look at `ceph df`")
        }
    }
}
