internal import Identity
internal import VolumeAPI
internal import VolumeDriver

/// The use of a volume as JSON.
struct AttachmentView: Encodable {
    let schema = "volumectl.attachment/v1"
    let volume: String
    /// `attached`, `exported` or `mounted`.
    let kind: String
    let host: String
    /// The name of its user.
    @Nullable var holder: String?
    /// The device or file at which the volume is accessible.
    @Nullable var path: String?
    /// Whether the path or the server refuses writes.
    let readOnly: Bool
    /// The format of the data at the path: `raw` or `qcow2`.
    @Nullable var format: String?
    /// The address of the server that exports the volume.
    @Nullable var uri: String?
    /// The directory at which it is mounted.
    @Nullable var mountPoint: String?
    @Nullable var since: String?
    @Nullable var flow: String?
    /// `there`, `gone`, `elsewhere` or `unknown`; left out if the host was not asked.
    let state: String?

    init(_ attachment: Attachment, state: AttachmentState? = nil) {
        volume = attachment.volume.description
        kind = attachment.kind.rawValue
        host = attachment.host
        _holder = Nullable(wrappedValue: attachment.holder?.description)
        var (local, export): (LocalAttachment?, VolumeExport?)
        switch attachment.access {
        case .local(let found): local = found
        case .export(let found): export = found
        case nil: break
        }
        readOnly = attachment.access?.isReadOnly == true
        _path = Nullable(wrappedValue: local?.path)
        _format = Nullable(wrappedValue: local?.format.rawValue)
        _uri = Nullable(wrappedValue: export?.uri)
        _mountPoint = Nullable(wrappedValue: attachment.mountPoint)
        _since = Nullable(wrappedValue: attachment.since.timestamp)
        _flow = Nullable(wrappedValue: attachment.flow.description)
        self.state = state.map { attachment.word(for: $0) }
    }
}

extension Attachment {
    /// The state of its device, in a word.
    fileprivate func word(for state: AttachmentState) -> String {
        switch state {
        case .unknown: "unknown"
        case .found(nil): "gone"
        case .found(let found): found == access ? "there" : "elsewhere"
        }
    }

    /// The use and its real state on the host, as text for people.
    func words(_ state: AttachmentState?, of volume: Volume) -> String {
        let thing =
            switch kind {
            case .attached: "device"
            case .exported: "server"
            case .mounted: "mount"
            }
        switch state {
        case .unknown(let error): return "\(self)  (it can't be found out whether it still is: \(error))"
        case .found(nil): return "\(self)  (the \(thing) is gone: '\(again(volume.label))' creates it again)"
        case .found(let found?) where found != access: return "\(self)  (it is now at \(found.address))"
        case .found, nil: return "\(self)"
        }
    }

    /// The command that makes the device or starts the server again.
    private func again(_ label: String) -> String {
        let remedy: Remedy =
            switch kind {
            case .attached: .attachVolume(label, holder: holder)
            case .exported: .exportVolume(label, holder: holder)
            case .mounted: .mountVolume(label, at: mountPoint ?? "DIR")
            }
        return remedy.text
    }
}
