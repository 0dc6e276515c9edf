public import VolumeDriver

extension ProgressMeter {
    /// Returns a listener that reads the progress of `qemu-img -p`, such as `(12.50/100%)`.
    ///
    /// - Parameter total: the total amount of work.
    public func qemuImgListener(total: ByteCount) -> LineListener {
        { stream, text in
            guard stream == .output, let start = text.firstIndex(of: "("), let end = text.firstIndex(of: "/"),
                start < end, let percent = Double(text[text.index(after: start)..<end]), (0...100).contains(percent)
            else { return }
            let completed = Int64(Double(total.bytes) * percent / 100)
            self.advance(to: ByteCount(bytes: min(total.bytes, completed)) ?? .zero, of: total)
        }
    }
}
