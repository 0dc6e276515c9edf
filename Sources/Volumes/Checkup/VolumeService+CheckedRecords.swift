internal import Identity
internal import SQLStore
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

extension VolumeService {
    func flowFindings(_ records: CheckedRecords) async throws -> [Finding] {
        var found = Findings(.flow)
        for flow in records.failedFlows {
            found.add(
                .failure,
                of: "\(flow.id)",
                "\(flow.name) \"\(flow.subject)\" could not be undone, and has left something behind",
                try: [.retryFlow(flow.id), .showFlow(flow.id)].map { remedy($0, in: flow.project) }
            )
        }
        for stuck in try await stuck() ?? [] {
            let flow = stuck.flow
            found.add(
                .failure,
                of: "\(flow.id)",
                "\(flow.name) \"\(flow.subject)\" has not finished and can't be carried on: \(stuck.obstacle)",
                try: [.showFlow(flow.id), .abandonFlow(flow.id)].map { remedy($0, in: flow.scope ?? project) }
            )
        }
        return found.told(orElse: "none has failed or is stuck")
    }

    func volumeFindings(_ records: CheckedRecords) -> [Finding] {
        var found = Findings(.volume)
        found.add(records.volumes.unreadable)
        let used = Set(records.attachments.map(\.volume))
        for volume in records.volumes {
            let show = remedy(.showVolume(volume.label), in: volume.project)
            let ways = volume.wayOut.map { remedy($0, in: volume.project) }
            switch volume.status {
            case let status where status.hasFailed:
                found.add(.warning, of: volume.label, "it is \(status.rawValue)\(volume.reason)", try: ways + [show])
            case .available where used.contains(volume.id):
                found.add(.failure, of: volume.label, "it is available, and recorded as attached", try: show)
            case .inUse where !used.contains(volume.id) && records.attachments.unreadable.isEmpty:
                found.add(.failure, of: volume.label, "it is in use, and nobody is recorded who uses it", try: show)
            case .available, .inUse: break
            case let status where !records.isGoingOn(volume.flow):
                let words = "it is \(status.rawValue), and its flow \(volume.flow) has ended"
                let repair = remedy(.repair(volume.label), in: volume.project)
                found.add(.failure, of: volume.label, words, try: repair, show)
            default: break
            }
        }
        return found.told(orElse: records.volumes.count.of("volume"))
    }

    func snapshotFindings(_ records: CheckedRecords) -> [Finding] {
        var found = Findings(.snapshot)
        found.add(records.snapshots.unreadable)
        let volumes = Set(records.volumes.map(\.id))
        for snapshot in records.snapshots {
            let show = remedy(.showSnapshot(snapshot.label), in: snapshot.project)
            let ways = snapshot.wayOut.map { remedy($0, in: snapshot.project) }
            if snapshot.status.hasFailed {
                found.add(.warning, of: snapshot.label, "it is \(snapshot.status.rawValue)", try: ways + [show])
            } else if snapshot.status != .available, !records.isGoingOn(snapshot.flow) {
                let words = "it is \(snapshot.status.rawValue), and its flow \(snapshot.flow) has ended"
                let repair = remedy(.repair(snapshot.label), in: snapshot.project)
                found.add(.failure, of: snapshot.label, words, try: repair, show)
            } else if !volumes.contains(snapshot.volume), records.volumes.unreadable.isEmpty {
                found.add(.failure, of: snapshot.label, "its volume \(snapshot.volume) has no record", try: show)
            }
        }
        return found.told(orElse: records.snapshots.count.of("snapshot"))
    }

    func attachmentFindings(_ records: CheckedRecords) async -> [Finding] {
        var found = Findings(.attachment)
        found.add(records.attachments.unreadable)
        let volumes = Dictionary(records.volumes.map { ($0.id, $0) }) { first, _ in first }
        let own = records.attachments.filter { $0.host == useHost }
        for attachment in own {
            guard let volume = volumes[attachment.volume] else {
                let words = "it is \(attachment), and its volume has no record"
                found.add(
                    .failure,
                    of: "\(attachment.volume)",
                    words,
                    try: .advice("look who uses it, and free it by hand")
                )
                continue
            }
            // A flow that is making or freeing it has the last word.
            guard volume.status == .inUse else { continue }
            switch await state(of: attachment) {
            case .found(.some): break
            case .found(nil):
                let again = volume.remedy(for: attachment.kind, attachment.holder, at: attachment.mountPoint)
                found.add(
                    .warning,
                    of: volume.label,
                    "it is recorded as \(attachment), and is not",
                    try: [again, attachment.endRemedy(volume.label)].map { remedy($0, in: volume.project) }
                )
            case .unknown(let error):
                found.add(Self.finding(.attachment, volume.label, of: error))
            }
        }
        return found.told(orElse: "\(own.count) of this host, each as recorded")
    }

    func hostFindings() async throws -> [Finding] {
        var found = Findings(.host)
        let hosts = try await knownHosts()
        for host in hosts where host.state != .up {
            let waiting = host.waitingFlows == 0 ? "" : "; \(host.waitingFlows.of("flow")) waiting for it"
            found.add(
                host.state == .silent || host.waitingFlows > 0 ? .failure : .warning,
                of: host.name,
                "its worker \(host.state == .silent ? "does not report" : "was stopped")\(waiting)",
                try: .advice("start volumed on host \(host.name)"),
                .showHost(host.name)
            )
        }
        return found.told(orElse: "\(hosts.count.of("worker")), which report in time")
    }
}

extension Findings {
    /// Adds records that can't be read.
    fileprivate mutating func add(_ rows: [UnreadableRow]) {
        for row in rows {
            add(
                .failure,
                of: row.name ?? row.key,
                "its record can't be read: \(row.reason)",
                try: .advice(
                    "a newer program may read it; otherwise put the newest copy of the database in its place"
                )
            )
        }
    }
}

extension Volume {
    /// Why it has its status, after a colon.
    fileprivate var reason: String { lastError.map { ": \($0)" } ?? "" }
}
