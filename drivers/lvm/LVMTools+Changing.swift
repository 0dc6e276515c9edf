import VolumeDriver

extension LVMTools {
    /// Activates a logical volume, even one that ordinary activation skips.
    func activate(_ name: String, to action: String) async throws(DriverError) {
        try await run(action, "lvchange", ["-a", "y", "--yes", "-K", path(name)])
    }

    /// Deactivates a logical volume and waits until its device has gone.
    ///
    /// - Throws: `busy` while it is open.
    func deactivate(_ name: String, to action: String) async throws(DriverError) {
        var attempt = try await attempt(action, "lvchange", ["-a", "n", path(name)])
        for _ in 0..<5 where !attempt.isSuccess {
            try DriverError.checkCancellation(of: action)
            guard let volume = try await volumes(.named(name), to: action).first, volume.attributes.isActive else {
                return
            }
            try? await Task.sleep(for: pause)
            attempt = try await self.attempt(action, "lvchange", ["-a", "n", path(name)])
        }
        guard attempt.isSuccess else {
            throw attempt.error(
                .busy,
                "cannot \(action): '\(path(name))' is still active",
                remedy: "see what has it open: `lsof \(device(name))`, `dmsetup ls --tree`"
            )
        }
    }

    /// Has a logical volume refuse writes, now and after every activation. A volume that does is left as it is.
    func forbidWrites(_ name: String, to action: String) async throws(DriverError) {
        // LVM fails to set the permission that a volume has.
        try await run(action, "lvchange", ["--yes", "--permission", "r", "--select", #"lv_attr=~"^.w""#, path(name)])
    }

    /// Has a logical volume accept writes again. A volume that does is left as it is.
    ///
    /// - Parameter isResting: whether an active one is left as it is, because another process has attached it since.
    func permitWrites(_ name: String, whileInactive isResting: Bool = false, to action: String)
        async throws(DriverError)
    {
        let attributes = isResting ? #"lv_attr=~"^.r..-""# : #"lv_attr=~"^.r""#
        try await run(action, "lvchange", ["--yes", "--permission", "rw", "--select", attributes, path(name)])
    }

    /// Changes a logical volume's tags in one command.
    func retag(
        _ name: String,
        adding added: [String] = [],
        removing removed: [String] = [],
        to action: String
    ) async throws(DriverError) {
        let changes = added.flatMap { ["--addtag", $0] } + removed.flatMap { ["--deltag", $0] }
        try await run(action, "lvchange", ["--yes"] + changes + [path(name)])
    }

    /// Removes a logical volume that has the tag and no classic snapshots, which LVM would remove, too.
    ///
    /// - Throws: `busy` if it still exists, because it is open or has changed.
    func remove(_ name: String, tagged tag: String, to action: String) async throws(DriverError) {
        func arguments(_ config: String) -> [String] {
            let guards = ["--select", #"lv_tags="\#(tag)" && lv_attr!~"^[oO]""#]
            return ["--config", "activation { retry_deactivation = 1} \(config)", "-f"] + guards + [path(name)]
        }
        var attempt = try await attempt(action, "lvremove", arguments(""))
        if !attempt.isSuccess, try await !volumes(.named(name), to: action).isEmpty {
            // A program such as udev may have opened the device just now.
            _ = try? await self.attempt(action, "udevadm", ["settle"])
            attempt = try await self.attempt(
                action,
                "lvremove",
                arguments("devices { ignore_suspended_devices = 1}")
            )
        }
        guard let volume = try await volumes(.named(name), to: action).first, volume.tags.contains(tag) else { return }
        let isInUse = volume.attributes.isOpen || volume.attributes.isClassicOrigin
        throw attempt.error(
            isInUse || attempt.isSuccess ? .busy : .broken,
            "cannot \(action): '\(path(name))' is still there",
            remedy: "see what uses it: `lvs -a \(group)`, `lsof \(device(name))`"
        )
    }

    /// Renames a logical volume.
    func rename(_ name: String, to newName: String, for action: String) async throws(DriverError) {
        try await run(action, "lvrename", [group, name, newName])
    }
}
