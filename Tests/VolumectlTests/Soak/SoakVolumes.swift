/// The volumes that a soak worker alone changes, by name, as the answers to its commands say that they are.
struct SoakVolumes: Equatable {
    struct Snapshot: Equatable {
        let mebibytes: Int
        let content: UInt8
    }

    struct Volume: Equatable {
        var mebibytes: Int
        /// The first byte.
        var content: UInt8
        var snapshots: [String: Snapshot] = [:]
    }

    /// What `ls` and the pool show of a volume.
    struct Seen: Equatable {
        let mebibytes: Int
        let content: UInt8
        let snapshots: [String: Int]
    }

    private(set) var volumes: [String: Volume] = [:]

    var seen: [String: Seen] {
        volumes.mapValues {
            Seen(mebibytes: $0.mebibytes, content: $0.content, snapshots: $0.snapshots.mapValues(\.mebibytes))
        }
    }

    mutating func write(_ content: UInt8, to volume: String) { volumes[volume]?.content = content }

    /// The volumes after a command that succeeded; `nil` if it can't have succeeded.
    func after(_ command: SoakCommand) -> SoakVolumes? {
        var after = self
        switch command {
        case .create(let name, let mebibytes):
            if let volume = volumes[name] { return volume.mebibytes == mebibytes ? self : nil }
            after.volumes[name] = Volume(mebibytes: mebibytes, content: 0)
        case .clone(let source, let name):
            guard let volume = volumes[source] else { return nil }
            if volumes[name] != nil { return self }
            after.volumes[name] = Volume(mebibytes: volume.mebibytes, content: volume.content)
        case .restore(let source, let snapshot, let name):
            guard let kept = volumes[source]?.snapshots[snapshot] else { return nil }
            if volumes[name] != nil { return self }
            after.volumes[name] = Volume(mebibytes: kept.mebibytes, content: kept.content)
        case .snapshot(let name, let snapshot):
            guard let volume = volumes[name] else { return nil }
            if volume.snapshots[snapshot] != nil { return self }
            after.volumes[name]?.snapshots[snapshot] = Snapshot(
                mebibytes: volume.mebibytes,
                content: volume.content
            )
        case .unsnapshot(let name, let snapshot):
            guard volumes[name]?.snapshots[snapshot] != nil else { return nil }
            after.volumes[name]?.snapshots[snapshot] = nil
        case .revert(let name, let snapshot):
            guard let kept = volumes[name]?.snapshots[snapshot] else { return nil }
            after.volumes[name]?.content = kept.content
        case .extend(let name):
            guard volumes[name] != nil else { return nil }
            after.volumes[name]?.mebibytes += 1
        case .remove(let name, let isCascading):
            guard let volume = volumes[name], isCascading || volume.snapshots.isEmpty else { return nil }
            after.volumes[name] = nil
        case .attach(let name), .label(let name):
            guard volumes[name] != nil else { return nil }
        case .detach(let name):
            guard volumes[name] != nil else { return nil }
        }
        return after
    }

    /// Everything that may be left of the volumes when `command` has been killed.
    func possible(killing command: SoakCommand) -> [SoakVolumes] {
        var possible = [self] + [after(command)].compactMap(\.self)
        if case .remove(let name, true) = command, let volume = volumes[name] {
            // The snapshots go one by one, in the order of their age, which is not recorded here.
            let names = Array(volume.snapshots.keys)
            for choice in 0..<(1 << names.count) {
                var some = self
                for (index, snapshot) in names.enumerated() where choice & (1 << index) != 0 {
                    some.volumes[name]?.snapshots[snapshot] = nil
                }
                possible.append(some)
            }
        }
        return possible
    }
}
