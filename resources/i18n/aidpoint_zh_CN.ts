<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
<context>
    <name>ChipRow</name>
    <message>
        <source>type the initials</source>
        <translation>键入拼音首字母</translation>
    </message>
</context>
<context>
    <name>Crashes</name>
    <message>
        <source>Something went wrong. What you typed is kept; try again, or open the page anew.</source>
        <translation>出了点问题。已经填写的内容都在，请再试一次，或者重新打开这一页。</translation>
    </message>
</context>
<context>
    <name>DateTimeField</name>
    <message>
        <source>1420 · yesterday 1420 · 21 1420 · now</source>
        <translation>1420 · 昨天 1420 · 21 1420 · 现在</translation>
    </message>
    <message>
        <source>This time is not understood; type it like 1420, yesterday 1420 or 21 1420</source>
        <translation>看不懂这个时间，可以写成 1420、昨天 1420 或 21 1420</translation>
    </message>
</context>
<context>
    <name>Desktop</name>
    <message numerus="yes">
        <source>Synced: %n sent</source>
        <translation>
            <numerusform>已同步：上传 %n 条</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>, %n received</source>
        <translation>
            <numerusform>，收到 %n 条</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Field</name>
    <message>
        <source>required</source>
        <translation>必填</translation>
    </message>
</context>
<context>
    <name>Form</name>
    <message>
        <source>Please fill this in</source>
        <translation>请填写</translation>
    </message>
</context>
<context>
    <name>History</name>
    <message>
        <source>before: {value}</source>
        <translation>原来：{value}</translation>
    </message>
    <message>
        <source>reason: {reason}</source>
        <translation>原因：{reason}</translation>
    </message>
</context>
<context>
    <name>LockScreen</name>
    <message>
        <source>Name or staff number</source>
        <translation>姓名或工号</translation>
    </message>
    <message>
        <source>Password</source>
        <translation>密码</translation>
    </message>
    <message>
        <source>One moment…</source>
        <translation>请稍候…</translation>
    </message>
    <message>
        <source>Unlock</source>
        <translation>解锁</translation>
    </message>
    <message>
        <source>Sign in</source>
        <translation>登录</translation>
    </message>
    <message>
        <source>Sign in to continue; it works without a network</source>
        <translation>登录后开始工作，没有网络也可以</translation>
    </message>
    <message>
        <source>Someone else signs in</source>
        <translation>换人登录</translation>
    </message>
    <message>
        <source>Enter the password</source>
        <translation>请输入密码</translation>
    </message>
    <message>
        <source>Too many tries; try again in {left}</source>
        <translation>试的次数太多，请 {left}后再试</translation>
    </message>
</context>
<context>
    <name>Notice</name>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
</context>
<context>
    <name>NumberField</name>
    <message>
        <source>From {least} to {most}</source>
        <translation>请填 {least} 到 {most} 之间的数</translation>
    </message>
</context>
<context>
    <name>QuantityField</name>
    <message>
        <source>At most {most}</source>
        <translation>最多 {most}</translation>
    </message>
</context>
<context>
    <name>Rail</name>
    <message>
        <source>Lock</source>
        <translation>锁定</translation>
    </message>
</context>
<context>
    <name>RailItem</name>
    <message numerus="yes">
        <source>%n waiting</source>
        <translation>
            <numerusform>%n 条待处理</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>SearchBox</name>
    <message>
        <source>Find people, cases, supplies…</source>
        <translation>找人、个案、物资…</translation>
    </message>
    <message>
        <source>Find anything</source>
        <translation>查找</translation>
    </message>
</context>
<context>
    <name>SyncPill</name>
    <message numerus="yes">
        <source>%n to look at</source>
        <translation>
            <numerusform>%n 条要处理</numerusform>
        </translation>
    </message>
    <message>
        <source>Sync</source>
        <translation>同步</translation>
    </message>
    <message>
        <source>Syncing…</source>
        <translation>正在同步…</translation>
    </message>
    <message numerus="yes">
        <source>%n record(s)</source>
        <translation>
            <numerusform>%n 条</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>not uploaded for %n day(s)</source>
        <translation>
            <numerusform>已 %n 天没有上传</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n to upload</source>
        <translation>
            <numerusform>%n 条待上传</numerusform>
        </translation>
    </message>
    <message>
        <source>Never synced</source>
        <translation>还没有同步过</translation>
    </message>
    <message numerus="yes">
        <source>No contact for %n day(s)</source>
        <translation>
            <numerusform>已 %n 天没有联系上中心</numerusform>
        </translation>
    </message>
    <message>
        <source>Up to date · {age}</source>
        <translation>已是最新 · {age}</translation>
    </message>
</context>
<context>
    <name>TopBar</name>
    <message>
        <source>Sync</source>
        <translation>同步</translation>
    </message>
</context>
<context>
    <name>Window</name>
    <message>
        <source>Aidpoint</source>
        <translation>救助点</translation>
    </message>
</context>
</TS>
