import Exports
import SystemPackage
public import VolumeDriver

extension LoopbackDriver: HealthCheckingDriver {
    /// Creates the directory, and removes unfinished files of complete objects.
    public func setUp() async throws(DriverError) {
        try await blocking { () throws(DriverError) in
            let pool = try openOrMakePool()
            for case .partial(let name) in try pool.fileNames() where try pool.isLeftover(name) {
                // Does not wait for locks, whose holders are about to replace the file.
                guard let held = try? HeldFile.existing(.partial(name), in: pool, .readOnly, waits: false) else {
                    continue
                }
                try pool.removePartial(name)
                withExtendedLifetime(held) {}
            }
        }
    }

    /// Checks the directory, its free space, unfinished files and the tools.
    public func checkHealth() async -> [HealthFinding] {
        do throws(DriverError) {
            let (capacity, names) = try await blocking { () throws(DriverError) in
                (try space(counting: options.hasLimit), try openPool()?.fileNames())
            }
            let words = names == nil ? "is created with the first volume" : "belongs to this user only"
            let own = HealthFinding.ok("pool directory", "'\(directory)' \(words)")
            let exports = server.map { [$0.finding] } ?? []
            return [own, room(capacity), leftovers(names ?? []), tools(), try devices()] + exports
        } catch {
            return [
                .failure("pool directory", error.description, remedy: error.remedy ?? "check the directory by hand")
            ]
        }
    }

    private func room(_ capacity: PoolCapacity) -> HealthFinding {
        let words = "\(capacity.free) of \(capacity.total) are free"
        guard capacity.free.bytes / 10 * 100 < capacity.total.bytes else { return .ok("room", words) }
        return .warning("room", words, remedy: "delete unneeded volumes, or add a pool")
    }

    private func leftovers(_ names: [PoolFileName]) -> HealthFinding {
        let partial = names.filter { name in
            guard case .partial = name else { return false }
            return true
        }
        guard let first = partial.first else { return .ok("unfinished files", "there are none") }
        return .warning(
            "unfinished files",
            "\(partial.count), one is '\(first.text)'",
            remedy:
                "wait for their calls; files of dead processes are removed with their volumes, or when the pool is set up"
        )
    }

    private func tools() -> HealthFinding {
        if qemuImg.isInstalled { return .ok("tools", "'qemu-img' is there") }
        let words = "there is no 'qemu-img'"
        return options.format == .qcow2
            ? .failure("tools", words, remedy: "install \(QemuImg.package)")
            : .warning("tools", "\(words), which qcow2 images need", remedy: "install \(QemuImg.package)")
    }

    private func devices() throws(DriverError) -> HealthFinding {
        let lost = try loopDevices.servingDeletedFiles(below: directory)
        if let first = lost.first {
            return .warning(
                "loop devices",
                "\(lost.count) \(lost.count == 1 ? "serves a file" : "serve files") that nobody can find any more, such as "
                    + "'\(first.path)'; the space is free when nobody uses them",
                remedy: "end what uses it (fuser -v \(first.path)), then losetup --detach \(first.path)"
            )
        }
        if options.format == .qcow2 { return .ok("loop devices", "not used for qcow2") }
        return loopDevices.areUsable
            ? .ok("loop devices", "volumes are attached as devices")
            : .ok("loop devices", "volumes are attached as files: this user may not use '\(loopDevices.control)'")
    }
}

extension PoolDirectory {
    /// Whether the object is complete, so that an unfinished file of it is useless.
    fileprivate func isLeftover(_ name: PoolFileName) throws(DriverError) -> Bool {
        guard case .complete = try presence(of: name) else { return false }
        return true
    }
}
