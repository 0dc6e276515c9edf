internal import VolumeAPI
internal import VolumeDriver

extension VolumeService {
    func poolFindings() async -> [Finding] {
        let statuses: [PoolStatus]
        do {
            statuses = try await poolStatuses()
        } catch {
            return [Self.finding(.pool, of: error)]
        }
        var findings: [Finding] = []
        for status in statuses {
            let name = status.report.name
            findings += await poolFindings(status)
            guard status.report.reportedAt == nil, status.report.problem == nil else { continue }
            findings += await objectFindings(name)
        }
        return findings
    }

    private func poolFindings(_ status: PoolStatus) async -> [Finding] {
        let (report, name) = (status.report, status.report.name)
        var found = Findings(.pool, name)
        if let problem = report.problem {
            let remedies = report.remedies.isEmpty ? [.showPool(name)] : report.remedies
            found.add(.failure, "it is down: \(problem)", try: remedies)
            return found.told(orElse: "")
        }
        var checks = 0
        do {
            for finding in try await poolHealth(name) {
                checks += 1
                guard finding.severity != .ok else { continue }
                let advice = finding.remedy.map(Remedy.advice) ?? .showPool(name)
                found.add(finding.severity, "\(finding.subject): \(finding.message)", try: advice)
            }
        } catch {
            found.add(Self.finding(.pool, name, of: error))
        }
        let room = report.capacity.map { "\($0.free) of \($0.total) are free" } ?? "its capacity is not known"
        let place =
            report.host.flatMap { $0 == hostName ? nil : ", as host \($0) reported" }
            ?? ", \(checks.of("check")) passed"
        return found.told(orElse: room + place)
    }

    private func objectFindings(_ pool: String) async -> [Finding] {
        var found = Findings(.object, pool)
        let objects: [PoolObject]
        do {
            objects = try await poolObjects(pool)
        } catch {
            return [Self.finding(.object, pool, of: error)]
        }
        for object in objects where object.kind != .foreign {
            let list = Remedy.listPoolObjects(pool)
            switch object.state {
            case .recorded, .unsettled: break
            case .missing:
                found.add(.failure, "\(object.name)\(object.ownerWords) is recorded, and is not there", try: list)
            case .differs:
                let recorded = object.recordedSize.map { "\($0.bytes) bytes" } ?? "an unreadable size"
                let words = "\(object.name)\(object.ownerWords): \(object.presence.words), and \(recorded) are recorded"
                found.add(.failure, words, try: list)
            case .elsewhere:
                found.add(.warning, "\(object.name)\(object.ownerWords) is recorded in another pool", try: list)
            case .unknown:
                let adopt: [Remedy] = object.obstacle == nil ? [.adoptObject(object.name, pool: pool)] : []
                found.add(.warning, "\(object.name) has no record; \(object.presence.words)", try: adopt + [list])
            }
        }
        return found.told(orElse: "\(objects.count { $0.kind != .foreign }.of("object")), each as recorded")
    }
}

extension PoolObject {
    /// To whom it belongs, in parentheses.
    fileprivate var ownerWords: String {
        switch owner {
        case .volume(_, let label): " (volume \"\(label)\")"
        case .snapshot(_, let label): " (snapshot \"\(label)\")"
        case .otherProject: " (of another project)"
        case nil: ""
        }
    }
}
