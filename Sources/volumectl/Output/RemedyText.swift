internal import Identity
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

extension Remedy {
    /// A command of this program that the service does not know.
    ///
    /// - Parameter words: the arguments as they are typed.
    static func command(_ words: String) -> Remedy { .advice("volumectl \(words)") }

    /// The remedy as text: a command as it is typed, or a sentence.
    var text: String { RemedyView(self).text }
}

/// A remedy as JSON: its kind and its object.
struct RemedyView: Encodable {
    let kind: String
    /// A command as it is typed, or a sentence.
    let text: String
    private(set) var volume: String?
    private(set) var holder: String?
    private(set) var snapshot: String?
    private(set) var flow: String?
    private(set) var pool: String?
    private(set) var host: String?
    private(set) var project: String?
    private(set) var resource: String?
    private(set) var limit: Int64?
    private(set) var file: String?
    private(set) var name: String?
    private(set) var sizeBytes: Int64?

    init(_ remedy: Remedy) {
        switch remedy {
        case .showVolume(let volume): self.init("show_volume", "show", volume: volume)
        case .listVolumes: self.init("list_volumes", "ls")
        case .createVolume(let size, let name, let pool):
            let options = [("--size", size.argument), ("--name", name?.description), ("--pool", pool)]
            self.init("create_volume", "create" + options.map { Self.option($0, $1) }.joined())
            (sizeBytes, self.name, self.pool) = (size.bytes, name?.description, pool)
        case .resizeVolume(let volume, let size):
            self.init("resize_volume", text: "volumectl resize\(Self.operand(volume)) \(size.argument)")
            (self.volume, sizeBytes) = (volume, size.bytes)
        case .retypeVolume(let volume, let type):
            let end = volume.hasPrefix("-") || type.hasPrefix("-") ? " --" : ""
            self.init("retype_volume", text: "volumectl retype --migrate\(end) \(volume.typed) \(type.typed)")
            (self.volume, name) = (volume, type)
        case .unprotectVolume(let volume): self.init("unprotect_volume", "set --unprotected", volume: volume)
        case .removeVolume(let volume): self.init("remove_volume", "rm", volume: volume)
        case .removeVolumeWithSnapshots(let volume):
            self.init("remove_volume_with_snapshots", "rm --cascade", volume: volume)
        case .showSnapshot(let snapshot):
            self.init("show_snapshot", "snapshot show" + Self.operand(snapshot))
            self.snapshot = snapshot
        case .listSnapshots(let volume): self.init("list_snapshots", "snapshot ls", volume: volume)
        case .removeSnapshot(let snapshot):
            self.init("remove_snapshot", "snapshot rm" + Self.operand(snapshot))
            self.snapshot = snapshot
        case .attachVolume(let volume, let holder): self.init("attach_volume", "attach", volume: volume, holder)
        case .detachVolume(let volume, let holder): self.init("detach_volume", "detach", volume: volume, holder)
        case .detachVolumeFromAll(let volume): self.init("detach_volume_from_all", "detach --all", volume: volume)
        case .exportVolume(let volume, let holder): self.init("export_volume", "export", volume: volume, holder)
        case .unexportVolume(let volume, let holder): self.init("unexport_volume", "unexport", volume: volume, holder)
        case .unexportVolumeForAll(let volume): self.init("unexport_volume_for_all", "unexport --all", volume: volume)
        case .mountVolume(let volume, let directory):
            let end = volume.hasPrefix("-") || directory.hasPrefix("-") ? " --" : ""
            self.init("mount_volume", text: "volumectl mount\(end) \(volume.typed) \(directory.typed)")
            (self.volume, file) = (volume, directory)
        case .unmountVolume(let volume): self.init("unmount_volume", "umount", volume: volume)
        case .repair(let object):
            self.init("repair", "repair" + Self.operand(object))
            name = object
        case .showFlow(let flow): self.init("show_flow", "flow show", flow: flow)
        case .listFlows: self.init("list_flows", "flow ls")
        case .retryFlow(let flow): self.init("retry_flow", "flow retry", flow: flow)
        case .waitForFlow(let flow): self.init("wait_for_flow", "flow wait", flow: flow)
        case .cancelFlow(let flow): self.init("cancel_flow", "flow cancel", flow: flow)
        case .abandonFlow(let flow): self.init("abandon_flow", "flow abandon", flow: flow)
        case .showPool(let pool): self.init("show_pool", "pool show", pool: pool)
        case .listPools: self.init("list_pools", "pool ls")
        case .listZones: self.init("list_zones", "pool ls -c name,zone")
        case .enablePool(let pool): self.init("enable_pool", "pool enable", pool: pool)
        case .claimPool(let pool): self.init("claim_pool", "pool claim", pool: pool)
        case .showHost(let host): self.init("show_host", host: host, "worker show")
        case .listHosts: self.init("list_hosts", "worker ls")
        case .enableHost(let host): self.init("enable_host", host: host, "worker enable")
        case .onHost(let host, let remedy):
            self.init("on_host", text: "\(remedy.text)  # on host \(host.typed)")
            self.host = host
        case .inProject(let project, let remedy):
            self.init("in_project", text: "VOLUMECTL_PROJECT=\(project.typed) \(remedy.text)")
            self.project = project
        case .createType(let type):
            self.init("create_type", text: "volumectl type create" + Self.operand(type))
            name = type
        case .restrictType(let type):
            self.init("restrict_type", text: "volumectl type set --private" + Self.operand(type))
            name = type
        case .listPoolObjects(let pool): self.init("list_pool_objects", "pool objects", pool: pool)
        case .adoptObject(let object, let pool):
            let end = object.hasPrefix("-") || pool.hasPrefix("-") ? " --" : ""
            self.init("adopt_object", text: "volumectl adopt\(end) \(pool.typed) \(object.typed)")
            (self.pool, name) = (pool, object)
        case .showType(let type):
            self.init("show_type", text: "volumectl type show" + Self.operand(type))
            name = type
        case .listTypes: self.init("list_types", "type ls")
        case .showGroup(let group):
            self.init("show_group", text: "volumectl group show" + Self.operand(group))
            name = group
        case .listGroups: self.init("list_groups", "group ls")
        case .removeFromGroup(let volume, let group):
            let end = volume.hasPrefix("-") || group.hasPrefix("-") ? " --" : ""
            self.init("remove_from_group", text: "volumectl group remove\(end) \(group.typed) \(volume.typed)")
            (self.volume, name) = (volume, group)
        case .removeGroupWithVolumes(let group):
            self.init("remove_group_with_volumes", text: "volumectl group rm --volumes" + Self.operand(group))
            name = group
        case .showQoS(let qos):
            self.init("show_qos", text: "volumectl qos show" + Self.operand(qos))
            name = qos
        case .listQoS: self.init("list_qos", "qos ls")
        case .disassociateQoS(let qos):
            self.init("disassociate_qos", text: "volumectl qos disassociate --all" + Self.operand(qos))
            name = qos
        case .showQuota: self.init("show_quota", "quota show")
        case .fixQuota: self.init("fix_quota", "quota audit --fix --all-projects")
        case .raiseQuota(let resource, let limit):
            let name = QuotaResource(name: resource)
            let option = name.base.name.replacing("_", with: "-")
            self.init("raise_quota", "quota set\(Self.option("--type", name.type)) --\(option) \(limit)")
            (self.resource, self.limit) = (resource, limit)
        case .backUp(let file):
            self.init("back_up", "backup" + Self.operand(file))
            self.file = file
        case .showConfigurationSample: self.init("show_configuration_sample", "config sample")
        case .advice(let sentence): self.init("advice", text: sentence)
        }
    }

    private init(_ kind: String, _ command: String, volume: String? = nil, pool: String? = nil, flow: FlowID? = nil) {
        let operands = [volume, pool, flow?.description].compactMap(\.self).map(Self.operand)
        self.init(kind, text: "volumectl \(command)" + operands.joined())
        (self.volume, self.pool, self.flow) = (volume, pool, flow?.description)
    }

    private init(_ kind: String, _ command: String, volume: String, _ holder: VolumeName?) {
        self.init(kind, command + Self.option("--holder", holder?.description), volume: volume)
        self.holder = holder?.description
    }

    private init(_ kind: String, host: String, _ command: String) {
        self.init(kind, text: "volumectl \(command)" + Self.operand(host))
        self.host = host
    }

    private init(_ kind: String, text: String) { (self.kind, self.text) = (kind, text) }

    /// An option as it is typed, ` --name value`; empty without a value.
    private static func option(_ name: String, _ value: String?) -> String {
        guard let value else { return "" }
        // A value that begins with a dash has to be joined to its option.
        return " " + name + (value.hasPrefix("-") ? "=" : " ") + value.typed
    }

    /// An operand as it is typed; one that begins with a dash is put behind `--`.
    private static func operand(_ value: String) -> String { (value.hasPrefix("-") ? " -- " : " ") + value.typed }
}

extension String {
    /// The text as a word for a shell, in quotes if it contains special characters.
    fileprivate var typed: String {
        if !isEmpty, utf8.allSatisfy(\.isPlain) { return self }
        guard unicodeScalars.contains(where: { $0.isTreacherous || $0 == "\n" }) else {
            return "'" + replacing("'", with: #"'\''"#) + "'"
        }
        // Unprintable characters are written as hexadecimal bytes.
        let characters = utf8.map { byte in
            byte.isPlain ? String(Unicode.Scalar(byte)) : #"\x"# + String(Int(byte) + 0x100, radix: 16).dropFirst()
        }
        return "$'" + characters.joined() + "'"
    }
}

extension UInt8 {
    /// Whether the character has no meaning to a shell.
    fileprivate var isPlain: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "_./:@%+=,-".utf8.contains(self)
        }
    }
}

extension ByteCount {
    /// The size as an argument: in GiB or MiB if exact, otherwise in bytes.
    fileprivate var argument: String {
        if bytes % Self.bytesPerGibibyte == 0 { return "\(bytes / Self.bytesPerGibibyte)" }
        return bytes % (1 << 20) == 0 ? "\(bytes >> 20)M" : "\(bytes)b"
    }
}
